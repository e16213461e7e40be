import { faulty, startBroker } from '@rookery/brokers';
import { PROMISING, subjects, type SubjectBroker } from '@rookery/demo';
import {
  brokenPromises,
  brokeredScenarios,
  fullBrokeredPace,
  runBrokered,
  shortBrokeredPace,
  type BrokeredScenario,
  type BrokeredSubject,
  type FaultyBroker,
} from '@rookery/testing';
import { machine } from '../machine.ts';
import type { FaultsOptions } from '../options.ts';
import { type BrokeredOutcome, type BrokeredReport, save, tableOf } from './brokered-report.ts';

/** The scenarios of a broker, for stock Nest and for Rookery. Resolves with whether Rookery kept its promises in all. */
export async function runBrokeredFaults(kind: SubjectBroker, options: FaultsOptions): Promise<boolean> {
  const { only = '', short, alone, saveTo } = options;
  const pace = short ? shortBrokeredPace : fullBrokeredPace;
  const date = new Date().toISOString();
  const own = await startBroker(kind, { env: {} });
  const broker = faulty(own);
  const chosen = brokeredScenarios.filter(
    ({ name, alarm }) => name.includes(only) && (!alarm || broker.alarm),
  );
  const outcomes: BrokeredOutcome[] = [];
  try {
    for (const scenario of chosen) {
      for (const subject of subjects[kind].filter(({ name }) => !alone || name === PROMISING)) {
        process.stderr.write(`${scenario.name}, ${subject.name} ...\n`);
        outcomes.push(await outcomeOf(scenario, subject, broker));
        if (own.pid === undefined) await own.restart();
      }
    }
  } finally {
    await own.stop();
  }
  const report: BrokeredReport = { broker: kind, date, ...machine(), pace, outcomes };
  console.log(tableOf(outcomes));
  for (const { scenario, broken, words } of outcomes.filter(({ subject }) => subject === PROMISING))
    if (broken.length > 0) console.log(`\nNOT SO: ${scenario}: ${broken.join('; ')}${words ?? ''}`);
  if (saveTo !== undefined) console.log(`\nwritten to ${save(saveTo, report)}`);
  const ours = outcomes.filter(({ subject }) => subject === PROMISING);
  return ours.length > 0 && ours.every(({ broken }) => broken.length === 0);

  async function outcomeOf(
    scenario: BrokeredScenario,
    subject: BrokeredSubject,
    target: FaultyBroker,
  ): Promise<BrokeredOutcome> {
    const who = { scenario: scenario.name, subject: subject.name };
    const gap = subject.gaps?.[scenario.name];
    if (gap !== undefined) return { ...who, broken: [gap] };
    try {
      const { words, ...result } = await runBrokered(scenario, subject, target, pace);
      return { ...who, result, broken: brokenPromises(result), words };
    } catch (error) {
      return { ...who, broken: [String(error)] };
    }
  }
}
