import type { Contender } from '../contender.js';

/** Every contender, each in its folder. To add one: a folder with server.ts and client.ts, and its line here. */
export const contenders: readonly Contender[] = [
  {
    name: 'rookery-request',
    suite: 'tcp',
    server: async () => (await import('./rookery-tcp/server.js')).startServer,
    client: async () => (await import('./rookery-tcp/client.js')).connectToRequest,
  },
  {
    name: 'rookery-send',
    suite: 'tcp',
    server: async () => (await import('./rookery-tcp/server.js')).startServer,
    client: async () => (await import('./rookery-tcp/client.js')).connectToSend,
  },
  {
    name: 'nest-tcp',
    suite: 'tcp',
    server: async () => (await import('./nest-tcp/server.js')).startServer,
    client: async () => (await import('./nest-tcp/client.js')).connect,
  },
  {
    name: 'raw-tcp',
    suite: 'tcp',
    server: async () => (await import('./raw-tcp/server.js')).startServer,
    client: async () => (await import('./raw-tcp/client.js')).connect,
  },
  {
    name: 'moleculer-tcp',
    suite: 'tcp',
    server: async () => (await import('./moleculer-tcp/server.js')).startServer,
    client: async () => (await import('./moleculer-tcp/client.js')).connect,
  },
  {
    name: 'grpc-js',
    suite: 'tcp',
    server: async () => (await import('./grpc-js/server.js')).startServer,
    client: async () => (await import('./grpc-js/client.js')).connect,
  },
  {
    name: 'fastify-undici',
    suite: 'tcp',
    server: async () => (await import('./fastify-undici/server.js')).startServer,
    client: async () => (await import('./fastify-undici/client.js')).connect,
  },
  {
    name: 'rookery-rabbitmq',
    suite: 'rabbitmq',
    server: async () => (await import('./rookery-rabbitmq/server.js')).startServer,
    client: async () => (await import('./rookery-rabbitmq/client.js')).connect,
  },
  {
    name: 'nest-rabbitmq',
    suite: 'rabbitmq',
    server: async () => (await import('./nest-rabbitmq/server.js')).startServer,
    client: async () => (await import('./nest-rabbitmq/client.js')).connect,
  },
  {
    name: 'raw-rabbitmq',
    suite: 'rabbitmq',
    server: async () => (await import('./raw-rabbitmq/server.js')).startServer,
    client: async () => (await import('./raw-rabbitmq/client.js')).connect,
  },
  {
    name: 'rookery-kafka',
    suite: 'kafka',
    server: async () => (await import('./rookery-kafka/server.js')).startServer,
    client: async () => (await import('./rookery-kafka/client.js')).connect,
  },
  {
    name: 'nest-kafka',
    suite: 'kafka',
    server: async () => (await import('./nest-kafka/server.js')).startServer,
    client: async () => (await import('./nest-kafka/client.js')).connect,
  },
  {
    name: 'raw-kafka',
    suite: 'kafka',
    server: async () => (await import('./raw-kafka/server.js')).startServer,
    client: async () => (await import('./raw-kafka/client.js')).connect,
  },
];

/** @throws Error when there is no contender of that name. */
export function contenderNamed(name: string): Contender {
  const found = contenders.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`no contender is named ${name}`);
  return found;
}
