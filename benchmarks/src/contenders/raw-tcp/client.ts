import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import type { Calls, Member } from '../../calls.js';
import { Frames, type Method } from './frames.js';

export async function connect(port: number): Promise<Calls> {
  const socket = connectSocket(port, '127.0.0.1');
  await once(socket, 'connect');
  const pending = new Map<number, (answer: unknown) => void>();
  const frames = new Frames(socket, (call, _method, json) => {
    pending.get(call)?.(JSON.parse(json));
    pending.delete(call);
  });
  let last = 0;
  const call = (method: Method, body: unknown) =>
    new Promise<unknown>((resolve) => {
      last = (last + 1) >>> 0;
      pending.set(last, resolve);
      frames.send(last, method, JSON.stringify(body));
    });
  return {
    sum: (numbers) => call('sum', numbers) as Promise<number>,
    echo: (member) => call('echo', member) as Promise<Member>,
  };
}
