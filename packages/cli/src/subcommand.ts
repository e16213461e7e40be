import type { ParseArgsOptionsConfig } from 'node:util';
import type { ServiceControl } from '@rookery/control';
import type { Terminal } from './terminal.js';

/** What was written on the command line. */
export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  /** The ids of letters. */
  readonly ids: readonly string[];
  readonly terminal: Terminal;
  /** The answer is for a program. */
  readonly json: boolean;
}

/** A command that was understood: does what it has to do with the service and gives the exit code. */
export type Work = (control: ServiceControl) => Promise<number>;

/** One of the commands of an area. */
export interface Subcommand {
  /** How many ids it takes. */
  readonly ids: number;
  /** Its options, besides those that all have. */
  readonly options: ParseArgsOptionsConfig;
  /** It sees to Ctrl-C itself; others are left where they are. */
  readonly endsWell?: true;
  /**
   * Understands what was written, before anything is connected.
   *
   * @throws UsageError
   */
  prepare(invocation: Invocation): Work | Promise<Work>;
}

/** An option that has text, if it was given. */
export function textOf({ values }: Pick<Invocation, 'values'>, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}
