import { once } from 'node:events';
import { eventually, freePorts, rejection } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { ask, HOST, message, party } from './parties.js';
import { program, START } from './programs.js';

describe('a server that is killed and comes back', { timeout: 60_000 }, () => {
  test('leaves no call waiting, and no event undelivered', async () => {
    const [port = 0] = await freePorts(1);
    const { transport } = party('caller', { services: { math: `tcp://${HOST}:${port}` } });
    const publish = (...bodies: string[]) =>
      transport.publish(bodies.map((body) => ({ message: message('happened', body) })));

    const first = program('serve', `${port}`, 'hold');
    await eventually(() => first.lines.includes('listening'), START);
    const sent = rejection(ask(transport, 'math', 'sent', 60_000));
    await publish('a', 'b');
    await eventually(() => first.lines.length === 4);
    expect(first.lines.slice(1).toSorted()).toStrictEqual(['event a 1', 'event b 1', 'request sent']);

    first.child.kill('SIGKILL');
    expect(await sent).toMatchObject({ code: 'CONNECTION_LOST', recourse: 'unknown' });
    const waiting = ['x', 'y', 'z'].map((body) => ask(transport, 'math', body, 60_000));
    expect(await publish('c')).toStrictEqual([{ status: 'memory' }]);

    const second = program('serve', `${port}`, 'take');
    expect(await Promise.all(waiting)).toStrictEqual(['x', 'y', 'z']);
    await eventually(() => second.lines.filter((line) => line.startsWith('event')).length === 3);
    const events = second.lines.filter((line) => line.startsWith('event'));
    expect(events).toStrictEqual(['event a 2', 'event b 2', 'event c 1']);
    expect(second.lines).not.toContain('request sent');
  });
});

describe('a process that has closed its transports', { timeout: 60_000 }, () => {
  test('has no sockets and no timers left, and ends by itself', async () => {
    const { child, lines } = program('visit');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(lines).toStrictEqual(['request asked', 'event told 1', 'left: nothing']);
    expect(code).toBe(0);
  });
});
