// `npm run demo:broker-death [-- rabbitmq|kafka]`: what a broker's death does to stock Nest and to Rookery.
import { stripVTControlCharacters } from 'node:util';
import { BrokerAbsent, startBroker } from '@rookery/brokers';
import { brokerDeath, kept, PACE } from './broker-death.js';
import { PROMISING, type SubjectBroker } from './subjects.js';
import { Progress } from './terminal/progress.js';
import { tableOf } from './terminal/table.js';

const kinds: Readonly<Record<SubjectBroker, string>> = { rabbitmq: 'RabbitMQ', kafka: 'Kafka' };

/** Whether Rookery kept its promises; `undefined` when there is no such broker here. */
async function demonstrate(kind: SubjectBroker): Promise<boolean | undefined> {
  const { load, outage } = PACE;
  console.log(`\n${kinds[kind]}, killed by SIGKILL and back ${outage / 1_000} s later`);
  console.log(`each has ${load.eventsPerSecond} events/s and ${load.requestsPerSecond} requests/s\n`);
  const progress = new Progress();
  let broker;
  try {
    broker = await startBroker(kind, { env: {} });
  } catch (error) {
    if (!(error instanceof BrokerAbsent)) throw error;
    console.log(`  skipped: ${error.message}`);
    return undefined;
  }
  try {
    const results = await brokerDeath(broker, kind, (scene) => progress.show(scene));
    console.log(`\n${tableOf(results, process.stdout.isTTY)}`);
    for (const { subject, deaths } of results)
      for (const how of deaths) console.log(`  died, and was started again: ${subject}: ${lastWords(how)}`);
    return results.some((result) => result.subject === PROMISING && kept(result));
  } finally {
    await broker.stop();
  }
}

/** The error that ended it, as far as it has said one. */
function lastWords(how: string): string {
  const lines = stripVTControlCharacters(how).split(' | ');
  return (lines.findLast((line) => /error/i.test(line) && !/^\s+at /.test(line)) ?? how).trim().slice(0, 120);
}

// What was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const asked = process.argv.slice(2);
const unknown = asked.find((kind) => !(kind in kinds));
if (unknown === undefined) {
  const all = asked.length > 0 ? (asked as SubjectBroker[]) : (Object.keys(kinds) as SubjectBroker[]);
  const outcomes: (boolean | undefined)[] = [];
  for (const kind of all) outcomes.push(await demonstrate(kind));
  const seen = outcomes.filter((outcome) => outcome !== undefined);
  const verdict = seen.every(Boolean) ? 'Rookery kept its promises.' : 'Rookery did NOT keep its promises.';
  console.log(`\n${seen.length === 0 ? 'There was no broker to kill.' : verdict}`);
  process.exitCode = seen.length === 0 ? 2 : seen.every(Boolean) ? 0 : 1;
} else {
  console.error(`"${unknown}" is no broker: npm run demo:broker-death -- [rabbitmq] [kafka]`);
  process.exitCode = 2;
}
