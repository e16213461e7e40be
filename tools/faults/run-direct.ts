import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultScenarios, fullPace, runScenario, shortPace } from '@rookery/testing';
import { faultSubject as tcp } from '../../packages/transports/tcp/test/fault-subject.ts';
import { machine } from './machine.ts';
import type { FaultsOptions } from './options.ts';
import { type FaultsReport, type Outcome, tableOf } from './report.ts';

const subjects = { tcp };

/** The scenarios of a transport without a broker. Resolves with whether all is as it must be. */
export async function runDirectFaults(options: FaultsOptions): Promise<boolean> {
  const { transport, only = '', short, saveTo } = options;
  const subject = subjects[transport as keyof typeof subjects];
  const pace = short ? shortPace : fullPace;
  const date = new Date().toISOString();
  const outcomes: Outcome[] = [];
  for (const scenario of faultScenarios.filter(({ name }) => name.includes(only))) {
    const { name, shows } = scenario;
    process.stderr.write(`${name} ...\n`);
    const gap = subject.gaps?.[name];
    if (gap !== undefined) outcomes.push({ scenario: name, shows, broken: gap });
    else {
      const broken = (error: unknown) => ({ scenario: name, shows, broken: String(error) });
      outcomes.push(await runScenario(scenario, subject, pace).catch(broken));
    }
  }
  const report: FaultsReport = { transport, date, ...machine(), pace, outcomes };
  console.log(tableOf(outcomes));
  if (saveTo !== undefined) {
    mkdirSync(saveTo, { recursive: true });
    const file = join(saveTo, `${transport}-${date.slice(0, 10)}.json`);
    writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
    console.log(`\nwritten to ${file}`);
  }
  return outcomes.length > 0 && !outcomes.some((outcome) => 'broken' in outcome);
}
