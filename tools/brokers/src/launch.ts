import type { BrokerKind, Proxied } from './broker.js';
import type { Listeners } from './security.js';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A program that the server needs beside it. */
interface Companion extends Command {
  /** Port of loopback that it listens on once it is there. */
  readonly port: number;
}

/** All that it takes to run one broker, again and again. Plain data, so that another process can go on with it. */
export interface Launch {
  readonly kind: BrokerKind;
  readonly url: string;
  readonly listeners?: Listeners;
  readonly proxied?: Proxied | undefined;
  /** Everything that it writes is in here. */
  readonly folder: string;
  /** Files in the folder whose ends tell why it does not start. */
  readonly logs: readonly string[];
  /** They outlive a crash of the server. */
  readonly companions: readonly Companion[];
  readonly server: Command;
  /** What `ctl` runs. */
  readonly ctl?: Command;
}
