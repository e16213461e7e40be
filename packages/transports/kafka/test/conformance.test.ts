import { describe, test } from 'vitest';
import type { ConnectionPool } from '@platformatic/kafka';
import type { Transport } from '@rookery/core';
import { kafka } from '@rookery/kafka';
import { conformance, type Subject } from '@rookery/testing';

const brokers = process.env['ROOKERY_TEST_KAFKA'] ?? '';
const MAX_BODY = 900 * 1024;

/** Few partitions, because each topic that is made takes its time; dead replicas are missed soon. */
const transport = kafka({
  brokers,
  partitions: { events: 2, requests: 4, replies: 4 },
  ...{ sessionTimeout: 1_000, heartbeat: 50, commitInterval: 20, discoverInterval: 200 },
  reconnect: { first: 5, longest: 50 },
});

const subject: Subject = {
  name: 'kafka',
  capabilities: {
    maxBody: MAX_BODY,
    acceptance: 'stored',
    direct: false,
    wildcards: true,
    delay: true,
    uploads: true,
  },
  maxQueue: 500,
  patience: 10_000,
  create: () => ({ replica: () => transport, client: () => transport }),
  async kill(killed: Transport) {
    const { connections } = killed.unwrap() as { connections: readonly ConnectionPool[] };
    for (const pool of connections) {
      for (const [, { socket }] of pool) socket.destroy();
      await pool.close();
    }
    await killed.close();
  },
};

conformance(subject, { describe, test });
