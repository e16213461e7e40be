import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Admin } from '@platformatic/kafka';
import { BrokerAbsent, type Proxied } from '../broker.js';
import { freePorts } from '../free-ports.js';
import type { Launch } from '../launch.js';
import { runProgram } from '../run-program.js';
import { type Security, writeTls } from '../security.js';
import { type KafkaSecurity, kafkaSecurity } from './kafka-security.js';
import type { Kind } from './kind.js';

const pom = new URL('../../kafka/pom.xml', import.meta.url);

/** The class path of Kafka; its jars are fetched by Maven the first time, into Maven's own repository. @throws BrokerAbsent */
async function findKafka(): Promise<string> {
  const version = await runProgram(java(), ['--version'], { within: 30_000 }).catch(() => '0');
  if (Number.parseInt(version.replace(/^\D+/, ''), 10) < 17) absent('it needs Java 17 or later');
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rookery');
  const content = await readFile(pom);
  const file = join(
    cache,
    `kafka-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.classpath`,
  );
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '' && known.split(delimiter).every(existsSync)) return known;

  process.stderr.write("Kafka's jars are not here: fetching them by Maven\n");
  await mkdir(cache, { recursive: true });
  const fetched = `${file}.${process.pid}`;
  const goal = ['dependency:build-classpath', '-DincludeScope=runtime', `-Dmdep.outputFile=${fetched}`];
  await runProgram('mvn', ['-B', '-q', '-f', fileURLToPath(pom), ...goal], { within: 600_000 }).catch(
    (error: unknown) => absent(`its jars could not be fetched: ${String(error)}`),
  );
  await rename(fetched, file); // nobody reads half of it
  return readFile(file, 'utf8');
}

/** Writes what a node of its own needs into the folder, and formats its storage. */
async function launchKafka(classPath: string, folder: string, security: Security = {}): Promise<Launch> {
  const [broker, controller, target, port, ...others] = (await freePorts(8)) as [
    ...[number, number, number, number],
    ...number[],
  ];
  const file = join(folder, 'server.properties');
  const secured = kafkaSecurity(security, folder, others);
  if (security.tls) await writeTls(folder, security.tls);
  await writeFile(file, propertiesOf(broker, controller, { target, port }, join(folder, 'data'), secured));
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
  const classes = ['-XX:-UsePerfData', '-cp', classPath]; // that would be written beside the folder
  const log = '-Dorg.slf4j.simpleLogger';
  const logging = [
    `${log}.showDateTime=true`,
    `${log}.log.org.apache.kafka.common.config=warn`, // pages of settings that nobody changed
  ];
  const memory = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC'];
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId()];
  const run = ['-XX:TieredStopAtLevel=1', ...classes, ...format, '-c', file, ...secured.format];
  await runProgram(java(), run, { env, within: 60_000 }); // in its locale: passwords are written in UTF-8
  return {
    kind: 'kafka',
    url: `kafka://127.0.0.1:${broker}`,
    listeners: secured.listeners,
    proxied: { target, port },
    folder,
    logs: ['output.log'],
    companions: [],
    server: { program: java(), args: [...memory, ...logging, ...classes, 'kafka.Kafka', file], env },
  };
}

function propertiesOf(
  broker: number,
  controller: number,
  { target, port }: Required<Proxied>,
  data: string,
  { addresses, protocols, properties }: KafkaSecurity,
): string {
  const clients = [`PLAINTEXT://127.0.0.1:${broker}`, ...addresses];
  const one = ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'];
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `listeners=${[...clients, `PROXIED://127.0.0.1:${target}`, `CONTROLLER://127.0.0.1:${controller}`].join()}`,
    // Who comes by the second is sent through the proxy for all that follows.
    `advertised.listeners=${[...clients, `PROXIED://127.0.0.1:${port}`].join()}`,
    `listener.security.protocol.map=${['PLAINTEXT:PLAINTEXT', 'PROXIED:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...protocols].join()}`,
    'inter.broker.listener.name=PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `log.dirs=${data}`,
    ...one.flatMap((topic) => [`${topic}.replication.factor=1`, `${topic}.num.partitions=4`]),
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.min.isr=1',
    'auto.create.topics.enable=false',
    // A killed broker is let in again when its session is over, 9 s otherwise.
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    'group.min.session.timeout.ms=500', // so that the death of a consumer is noticed soon, 6 s otherwise
    'group.initial.rebalance.delay.ms=0', // it waits for more members, 3 s otherwise
    ...properties,
  ];
  return `${lines.join('\n')}\n`;
}

/** 16 random bytes in base64url, never with a `-` in front, which would be read as an option (Kafka's `Uuid.randomUuid`). */
function clusterId(): string {
  return Buffer.from([0, ...randomBytes(15)]).toString('base64url');
}

function java(): string {
  const home = process.env['JAVA_HOME'];
  return home ? join(home, 'bin', 'java') : 'java';
}

function absent(why: string): never {
  throw new BrokerAbsent(
    'kafka',
    `${why}; install Java 17 or later and Maven, or name one by ROOKERY_KAFKA_URL=kafka://host:port`,
  );
}

/** Its versions and metadata. */
export const kafka: Kind<string> = {
  schemes: ['kafka'],
  address: 'kafka://host:port',
  find: findKafka,
  launch: launchKafka,
  async ask(url, within) {
    const [connectTimeout, requestTimeout] = [within, within];
    const options = { clientId: 'rookery-brokers', connectTimeout, requestTimeout, retries: 0 };
    const admin = new Admin({ ...options, bootstrapBrokers: [url.host] });
    try {
      await admin.listTopics();
    } finally {
      await admin.close();
    }
  },
};
