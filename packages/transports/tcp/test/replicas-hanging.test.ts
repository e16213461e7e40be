import { Client, jsonCodec, systemClock, systemRandom } from '@rookery/core';
import { eventually, freePorts, pause } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HOST, party } from './parties.js';
import { program, START } from './programs.js';

describe('one of three replicas that hangs', { timeout: 60_000 }, () => {
  test('fails less than 1 % of 500 calls a second with 1 s each, and gets calls again when it answers', async () => {
    const ports = await freePorts(3);
    const replicas = ports.map((port) => program('serve', `${port}`, 'quiet'));
    await eventually(() => replicas.every(({ lines }) => lines.includes('listening')), START);
    const services = { math: ports.map((port) => `tcp://${HOST}:${port}`) };
    const { transport, log } = party('caller', { services });
    const client = new Client({
      transport,
      codec: jsonCodec({ strict: true }),
      clock: systemClock,
      random: systemRandom,
      to: 'math',
      timeout: 1_000,
    });
    onTestFinished(() => client.close());
    await transport.reach({ service: 'math' });
    const states = () =>
      transport
        .describe()
        .replicas?.['math']?.map(({ state }) => state)
        .toSorted();
    await eventually(() => expect(states()).toStrictEqual(['ready', 'ready', 'ready']));

    let calls = 0;
    let failures = 0;
    /** Of those that began after the replica was left out. */
    let late = 0;
    const open = new Set<Promise<unknown>>();
    /** 500 calls a second for as long as `on` says. */
    const load = async (on: () => boolean) => {
      const begin = systemClock.now();
      const until = () => ((systemClock.now() - begin) / 1_000) * 500;
      for (let count = 0; on(); await pause(5)) {
        for (; count < until(); count++) {
          calls++;
          const isLate = log.about('gets no calls for').length > 0;
          const call: Promise<unknown> = client
            .request('echo', count)
            .catch(() => {
              failures++;
              if (isLate) late++;
            })
            .finally(() => open.delete(call));
          open.add(call);
        }
      }
    };

    const hanging = replicas[1]?.child;
    hanging?.kill('SIGSTOP');
    const end = systemClock.now() + 2_500;
    await load(() => systemClock.now() < end);
    expect(states()).toContain('ready');
    expect(states()?.filter((state) => state === 'ready')).toHaveLength(2);
    expect(log.about('gets no calls for')).toHaveLength(1);
    expect(log.about("2 of 3 replicas of 'math' get calls")).toHaveLength(1);

    hanging?.kill('SIGCONT');
    await load(() => states()?.filter((state) => state === 'ready').length !== 3);
    await Promise.all(open);
    expect(log.about("3 of 3 replicas of 'math' get calls")).toHaveLength(1);
    expect(calls).toBeGreaterThan(1_000);
    // Less than 1 % of what 10 s of this bring: the calls of its first second, and then a probe now and then.
    expect(failures).toBeLessThan(50);
    expect(late).toBeLessThan(5);
    expect(failures).toBeGreaterThan(0); // it did hang
  });
});
