import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { sumOf } from '../../load/payload.js';
import { Frames } from './frames.js';

export async function startServer(): Promise<number> {
  const server = createServer((socket) => {
    const frames = new Frames(socket, (call, method, json) => {
      const body = JSON.parse(json) as unknown;
      const answer = method === 'sum' ? sumOf(body as number[]) : body;
      frames.send(call, method, JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
