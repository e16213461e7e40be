import type { Broker } from './broker.js';

/** What is done to a broker of our own, as the scenarios of faults ask for it. */
export interface Faulty extends Pick<Broker, 'url' | 'kill' | 'restart' | 'pause' | 'resume'> {
  readonly alarm?: (on: boolean) => Promise<void>;
  readonly settled?: () => Promise<void>;
  readonly proxied: {
    readonly target: { readonly host: string; readonly port: number };
    readonly port?: number;
    url(proxy: { readonly host: string; readonly port: number }): string;
  };
}

const LOOPBACK = '127.0.0.1';

/** @throws Error for a broker that is not ours: nothing is ever done to it */
export function faulty(broker: Broker): Faulty {
  const { kind, proxied } = broker;
  if (!proxied) throw new Error(`${broker.url} belongs to somebody else`);
  const common: Faulty = {
    url: broker.url,
    kill: () => broker.kill(),
    restart: () => broker.restart(),
    pause: () => broker.pause(),
    resume: () => broker.resume(),
    proxied: {
      ...proxied,
      target: { host: LOOPBACK, port: proxied.target },
      url({ host, port }) {
        const url = new URL(broker.url);
        return `${url.protocol}//${url.username ? `${url.username}:${url.password}@` : ''}${host}:${port}`;
      },
    },
  };
  if (kind !== 'rabbitmq') return common;
  return {
    ...common,
    async alarm(on) {
      await broker.ctl('set_vm_memory_high_watermark', ...(on ? ['0.00001'] : ['absolute', '1GB']));
    },
    async settled() {
      // RabbitMQ 3.10 writes down which quorum queues there are half a second late, and forgets one if it is killed before.
      await broker.ctl('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
    },
  };
}
