import { pause } from '../../waiting/eventually.js';
import type { BrokeredScenario } from './scenario.js';

/** Everything that goes wrong with a broker, and with those around it. Any broker runs them that is a {@link FaultyBroker}. */
export const brokeredScenarios: readonly BrokeredScenario[] = [
  {
    name: 'the only consumer killed and back',
    async fault({ replicas: [consumer], serve }, { outage }) {
      await consumer?.kill();
      await pause(outage);
      await serve(1);
    },
  },
  {
    name: 'consumers killed one after another, of three',
    replicas: 3,
    async fault({ replicas: [first, second], serve }, { outage }) {
      for (const consumer of [first, second]) {
        await consumer?.kill();
        await pause(outage);
        await serve(1);
      }
    },
  },
  {
    name: 'producer killed after acceptance',
    async fault({ callers: [caller], call }) {
      await caller?.kill();
      await call();
    },
  },
  {
    name: 'broker killed and back',
    async fault({ broker }, { outage }) {
      await broker.settled?.();
      await broker.kill();
      await pause(outage);
      await broker.restart();
    },
  },
  {
    name: 'broker absent when everything starts',
    async before({ broker, replicas, launch }) {
      await Promise.all(replicas.map((replica) => replica.terminate()));
      await broker.settled?.();
      await broker.kill();
      launch(1);
    },
    async fault({ broker, replicas }, { outage }) {
      await pause(outage);
      await broker.restart();
      await Promise.all(replicas.map(({ ready }) => ready));
    },
  },
  {
    name: 'broker standing still',
    async fault({ broker }, { pause: length }) {
      await broker.pause();
      await pause(length).finally(() => broker.resume());
    },
  },
  {
    name: 'connections cut again and again',
    proxied: true,
    async fault({ proxy }, { cuts }) {
      for (let cut = 0; cut < cuts.during; cut += cuts.every) {
        proxy?.cut();
        await pause(cuts.every);
      }
    },
  },
  {
    name: 'broker in alarm',
    alarm: true,
    async fault({ broker }, { outage }) {
      await broker.alarm?.(true);
      await pause(outage).finally(() => broker.alarm?.(false));
    },
  },
  {
    name: 'replicas joining and leaving',
    replicas: 3,
    async fault(world, { rebalances }) {
      for (let time = 0; time < rebalances.during; time += rebalances.every) {
        const [oldest] = world.replicas;
        await Promise.all([pause(rebalances.every), world.serve(1), oldest?.terminate()]);
      }
    },
  },
  {
    name: 'poison among good ones',
    load: { failOnceEvery: 20, failAlwaysEvery: 100 },
  },
  {
    name: 'one of two handlers broken for a while',
    async fault({ journal }, { outage }) {
      journal.breakMail(true);
      await pause(outage).finally(() => journal.breakMail(false));
    },
  },
  {
    name: 'consumer at ten times its capacity',
    load: { busy: 20, eventsPerSecond: 500 }, // it can do 50
    after: 0,
  },
];
