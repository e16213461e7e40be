import { faulty, type Broker } from '@rookery/brokers';
import {
  brokenPromises,
  type BrokeredPace,
  type BrokeredResult,
  BrokeredWorld,
  fullBrokeredPace,
  pause,
} from '@rookery/testing';
import { subjects, type SubjectBroker } from './subjects.js';

/** Milliseconds and rates of the demonstration, the same for all. */
export const PACE: BrokeredPace = {
  ...fullBrokeredPace,
  load: { ...fullBrokeredPace.load, eventsPerSecond: 200, requestsPerSecond: 50, timeout: 5_000 },
  before: 5_000,
  outage: 5_000,
  after: 10_000,
  patience: 20_000,
};

/** What happens just now, for people. */
type Stage = 'starting' | 'flowing' | 'the broker is dead' | 'the broker comes back' | 'settling' | 'over';

/** Those who take part, while it goes on. */
export interface Scene {
  readonly stage: Stage;
  readonly worlds: readonly { readonly name: string; readonly world: BrokeredWorld }[];
}

/**
 * The same two services on one broker under stock Nest and under Rookery, all at once; then the broker is killed, and
 * comes back. So all have the same rates, the same outage and the same machine.
 */
export async function brokerDeath(
  broker: Broker,
  kind: SubjectBroker,
  show: (scene: Scene) => void,
): Promise<BrokeredResult[]> {
  const target = faulty(broker);
  const worlds: { name: string; world: BrokeredWorld }[] = [];
  const stage = (name: Stage): void => show({ stage: name, worlds });
  const all = (what: (world: BrokeredWorld) => Promise<unknown>) =>
    Promise.all(worlds.map(({ world }) => what(world)));
  try {
    stage('starting');
    for (const subject of subjects[kind])
      worlds.push({ name: subject.name, world: await BrokeredWorld.create(subject, target, PACE) });
    await all((world) => world.serve(1));
    await all((world) => world.warmUp());
    await all((world) => world.call());
    stage('flowing');
    await pause(PACE.before);
    await target.settled?.();
    await target.kill();
    stage('the broker is dead');
    await pause(PACE.outage);
    stage('the broker comes back');
    await target.restart();
    await pause(PACE.after);
    stage('settling');
    await all((world) => world.hush());
    await all((world) => world.drained());
    return worlds.map(({ name, world }) => ({
      ...{ scenario: 'broker killed and back', subject: name, seconds: 0 },
      ...world.counts(),
      deaths: world.deaths,
    }));
  } finally {
    await all((world) => world.close());
    stage('over');
  }
}

/** Whether this one lost, hung and mixed up nothing. */
export function kept(result: BrokeredResult): boolean {
  return brokenPromises(result).length === 0;
}
