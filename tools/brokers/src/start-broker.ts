import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker, BrokerKind } from './broker.js';
import { environmentBroker } from './environment-broker.js';
import { kinds } from './kinds/all.js';
import { OwnBroker } from './own-broker.js';
import type { Security } from './security.js';
import { Watchdog } from './process/watchdog.js';

export interface StartOptions {
  /** Where ROOKERY_RABBITMQ_URL and the like are looked for; `{}` always gives one of our own. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it has besides its plain listener. A broker with it is always our own, and `env` not looked at. */
  readonly security?: Security;
}

/**
 * A broker that answers: the one that the environment names, or a new process of our own with its own data and ports,
 * which ends with this process at the latest.
 *
 * @throws BrokerAbsent when none can be had here; Error with the end of its logs when it does not start
 */
export async function startBroker(
  kind: BrokerKind,
  { env = process.env, security }: StartOptions = {},
): Promise<Broker> {
  const named = security ? undefined : await environmentBroker(kind, env);
  return named ?? (await startOwn(kind, security)).broker;
}

/** As {@link startBroker}, always our own; released, the watchdog lets it outlive this process. */
export async function startOwn(
  kind: BrokerKind,
  security?: Security,
): Promise<{ readonly broker: OwnBroker; readonly watchdog: Watchdog }> {
  const found = await kinds[kind].find();
  const folder = await mkdtemp(join(tmpdir(), `rookery-${kind}-`));
  const watchdog = new Watchdog();
  watchdog.watch({ processes: [], folder });
  try {
    const launch = await kinds[kind].launch(found, folder, security);
    const broker = new OwnBroker(launch, undefined, watchdog);
    try {
      await broker.start();
    } catch (error) {
      await broker.kill();
      throw error;
    }
    return { broker, watchdog };
  } catch (error) {
    watchdog.abandon();
    throw error;
  }
}
