import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import type { Member } from '../../calls.js';
import { sumOf } from '../../load/payload.js';

export async function startServer(): Promise<number> {
  const app = fastify();
  app.post<{ Body: number[] }>('/sum', async (request, reply) => {
    void reply.type('application/json');
    return JSON.stringify(sumOf(request.body)); // Fastify serializes objects by itself, not a number
  });
  app.post<{ Body: Member }>('/echo', async (request) => request.body);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
