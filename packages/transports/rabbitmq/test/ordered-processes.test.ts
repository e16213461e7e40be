import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { BrokerAbsent, startBroker } from '@rookery/brokers';
import { systemRandom } from '@rookery/core';
import { eventually, Program } from '@rookery/testing';
import { party } from './parties.js';

const PATIENCE = { within: 40_000 };
const KEYS = Array.from({ length: 40 }, (_, n) => `k${n}`);

interface Handled {
  readonly key: string;
  readonly n: number;
  readonly token: number;
  readonly pid: string;
}

/** What was handled of a key shortly before one, and after it. */
function around(all: readonly Handled[], one: Handled): string {
  const index = all.indexOf(one);
  return all
    .slice(Math.max(0, index - 12), index + 12)
    .map(({ n, token, pid }) => `${n} by ${pid} under ${token}`)
    .join(', ');
}

describe('processes of an ordered endpoint', () => {
  let broker: Awaited<ReturnType<typeof startBroker>> | undefined;
  let absent = '';
  let folder = '';
  let file = '';
  let prefix = '';
  let programs: Program[] = [];
  let publisher: ReturnType<typeof party> | undefined;
  let flowing = false;
  let flow: Promise<void> | undefined;
  let last = 0;

  beforeAll(async () => {
    try {
      broker = await startBroker('rabbitmq', { env: {} });
    } catch (error) {
      if (!(error instanceof BrokerAbsent)) throw error;
      absent = error.message;
    }
  }, 60_000);
  beforeEach(({ skip }) => {
    if (!broker) skip(absent);
    folder = mkdtempSync(join(tmpdir(), 'rookery-ordered-'));
    file = join(folder, 'handled');
    writeFileSync(file, '');
    prefix = `t-${systemRandom.token(10)}`;
    publisher = party(broker!.url, undefined, { prefix });
    programs = [];
    last = 0;
  });
  afterEach(async () => {
    flowing = false;
    await flow;
    await Promise.all(programs.map((program) => program.kill()));
    await publisher?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(async () => {
    await broker?.stop();
  }, 60_000);

  async function replica(): Promise<Program> {
    const script = new URL('mover-program.ts', import.meta.url);
    const program = await Program.start({ script, args: [broker!.url, prefix, file], ready: 'ready' });
    programs.push(program);
    return program;
  }

  /** Publishes to all keys in turn, until it is stopped; each number once all before it are accepted. */
  function begin(): void {
    flowing = true;
    flow = (async () => {
      while (flowing) {
        const n = last + 1;
        await Promise.all(KEYS.map((key) => publisher!.client.publish('moved', { key, n }, { key })));
        last = n;
      }
    })();
  }

  function handled(): Handled[] {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line) => {
      const [key = '', n, token, pid = ''] = line.split(' ');
      return { key, n: Number(n), token: Number(token), pid };
    });
  }

  /** Who has handled something since the file had so many lines. */
  const since = (lines: number): Set<string> =>
    new Set(
      handled()
        .slice(lines)
        .map(({ pid }) => pid),
    );

  /** Ends the flow, and checks that nothing is lost and that each key's events are in order, but for what the store would refuse. */
  async function finish(): Promise<{ refused: number; repeated: number }> {
    flowing = false;
    await flow;
    await eventually(() => {
      const done = new Set(handled().map(({ key, n }) => `${key} ${n}`));
      assert.equal(done.size, KEYS.length * last);
    }, PATIENCE);
    let refused = 0;
    let repeated = 0;
    for (const [key, all] of Map.groupBy(handled(), ({ key }) => key)) {
      let token = 0;
      let before = 0;
      const highest = new Set<number>();
      for (const one of all) {
        if (one.token < token) {
          refused++;
          continue;
        }
        assert.ok(one.n <= before + 1, `${key}: ${one.n} after ${before} in ${around(all, one)}`);
        if (highest.has(one.n)) repeated++;
        highest.add(one.n);
        token = one.token;
        before = one.n;
      }
      assert.equal(before, last, `${key} ends with ${before}`);
    }
    return { refused, repeated };
  }

  test('killed and started again, one after another: nothing is lost, and what is repeated is a suffix', async () => {
    for (let n = 0; n < 3; n++) await replica();
    begin();
    await eventually(() => since(0).size === 3, PATIENCE);
    for (let n = 0; n < 4; n++) {
      const victim = programs[n]!;
      await victim.kill();
      const lines = handled().length;
      await replica();
      await eventually(() => since(lines).has(String(programs.at(-1)!.pid)), PATIENCE);
    }
    await programs[4]!.terminate();
    const { refused } = await finish();
    assert.equal(refused, 0);
  }, 120_000);

  test('suspended until others have its slots: what it finishes then is refused by its fencing token', async () => {
    for (let n = 0; n < 2; n++) await replica();
    begin();
    await eventually(() => since(0).size === 2, PATIENCE);
    const [victim, heir] = programs;
    victim!.freeze();
    const lines = handled().length;
    const frozen = new Set(
      handled()
        .filter(({ pid }) => pid === String(victim!.pid))
        .map(({ key }) => key),
    );
    await eventually(() => {
      const taken = handled()
        .slice(lines)
        .filter(({ pid }) => pid === String(heir!.pid));
      const keys = new Set(taken.map(({ key }) => key));
      assert.ok(
        [...frozen].every((key) => keys.has(key)),
        'its keys have not been taken over',
      );
    }, PATIENCE);
    victim!.thaw();
    const thawed = handled().length;
    await eventually(() => since(thawed).has(String(victim!.pid)), PATIENCE);
    await finish();
  }, 120_000);

  test('the broker is killed and comes back: nothing is lost, all in order', async () => {
    for (let n = 0; n < 2; n++) await replica();
    begin();
    await eventually(() => since(0).size === 2, PATIENCE);
    // RabbitMQ 3.10 writes down which quorum queues there are half a second late, and forgets one if it is killed before.
    await broker!.ctl('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
    for (let n = 0; n < 2; n++) {
      await broker!.kill();
      await broker!.restart();
      const lines = handled().length;
      await eventually(() => since(lines).size === 2, PATIENCE);
    }
    await finish();
  }, 180_000);
});
