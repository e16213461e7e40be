import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharedBroker, startBroker } from '@rookery/brokers';
import { freePorts } from '../src/free-ports.js';
import { OwnBroker } from '../src/own-broker.js';
import { shareBroker } from '../src/shared-broker.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('says what its log said last when it does not start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-failing-'));
  const server = { program: 'sh', args: ['-c', 'echo no room; exit 3'], env: {} };
  const [port] = await freePorts(1);
  const url = `kafka://127.0.0.1:${port}`;
  const broker = new OwnBroker({ kind: 'kafka', url, folder, logs: ['output.log'], companions: [], server });
  await expect(broker.start()).rejects.toThrow(`${url} did not start: it ended\noutput.log:\n  no room`);
  await broker.stop();
  expect(existsSync(folder)).toBe(false);
});

it('takes ports of their own, below those that clients are given', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

describe('a server that the environment names', () => {
  it('must answer', async () => {
    const [port] = await freePorts(1);
    const env = { ROOKERY_KAFKA_URL: `kafka://127.0.0.1:${port}` };
    await expect(startBroker('kafka', { env })).rejects.toThrow(
      `Kafka of ROOKERY_KAFKA_URL does not answer at ${env.ROOKERY_KAFKA_URL}`,
    );
  });

  it('must be of its kind', async () => {
    const env = { ROOKERY_RABBITMQ_URL: 'kafka://127.0.0.1:1' };
    await expect(startBroker('rabbitmq', { env })).rejects.toThrow(
      'ROOKERY_RABBITMQ_URL is no address of RabbitMQ',
    );
    const other = { ROOKERY_RABBITMQ_URL: 'http://127.0.0.1:1' };
    await expect(startBroker('rabbitmq', { env: other })).rejects.toThrow(
      '"http:" is the scheme of no broker',
    );
  });
});

describe('the broker that a test run shares', () => {
  const kafka = 'ROOKERY_TEST_KAFKA';

  it('is absent with the reason where none can be had', async () => {
    for (const name of ['ROOKERY_KAFKA_URL', kafka, `${kafka}_ABSENT`]) vi.stubEnv(name, '');
    vi.stubEnv('JAVA_HOME', '/nowhere');
    const end = await shareBroker('kafka');
    expect(sharedBroker('kafka')).toEqual({
      absent: expect.stringMatching(/^no Kafka broker here: it needs Java 17 or later; .*ROOKERY_KAFKA_URL/),
    });
    await end();
  });

  it('is the one that is handed over', async () => {
    vi.stubEnv(kafka, 'kafka://127.0.0.1:9');
    await (
      await shareBroker('kafka')
    )();
    expect(sharedBroker('kafka')).toEqual({ url: 'kafka://127.0.0.1:9' });
  });

  it('says what is missing where no global setup was', () => {
    for (const name of [kafka, `${kafka}_ABSENT`]) vi.stubEnv(name, '');
    expect(() => sharedBroker('kafka')).toThrow('ROOKERY_TEST_KAFKA is not set, and no global setup');
  });
});

it('says which program is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-failing-'));
  const server = { program: 'rookery-no-such-program', args: [], env: {} };
  const broker = new OwnBroker({
    ...{ kind: 'kafka', url: 'kafka://127.0.0.1:9', folder },
    ...{ logs: [], companions: [], server },
  });
  await expect(broker.start()).rejects.toThrow('rookery-no-such-program');
  await broker.stop();
});
