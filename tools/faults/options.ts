import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What `npm run faults` was told. */
export interface FaultsOptions {
  readonly transport: string;
  /** What the names of the scenarios to run contain; all of them when `undefined`. */
  readonly only: string | undefined;
  readonly short: boolean;
  /** Rookery alone, without stock Nest beside it. */
  readonly alone: boolean;
  /** Folder that the JSON goes to; `undefined` writes none. */
  readonly saveTo: string | undefined;
}

export const usage = `npm run faults -- <transport> [options]

  <transport>   tcp, rabbitmq or kafka
  --only TEXT   only the scenarios whose names contain it
  --short       as short as in the tests
  --alone       on a broker: without stock Nest beside it
  --save        write the results as JSON; on a broker, those of the day that were not run again stay
  --to FOLDER   where to (default tools/faults/results)`;

/** @throws Error that says which argument is wrong */
export function readOptions(args: readonly string[], transports: readonly string[]): FaultsOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
      alone: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      to: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
    },
  });
  const transport = positionals.join(' ');
  if (!transports.includes(transport))
    throw new Error(`the transport is one of ${transports.join(', ')}, not "${transport}"`);
  const { only, short, alone, save, to } = values;
  return { transport, only, short, alone, saveTo: save ? to : undefined };
}
