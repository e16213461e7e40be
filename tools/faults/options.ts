import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What `npm run faults` was told. */
export interface FaultsOptions {
  readonly transport: string;
  /** What the names of the scenarios to run contain; all of them when `undefined`. */
  readonly only: string | undefined;
  readonly short: boolean;
  /** Folder that the JSON goes to; `undefined` writes none. */
  readonly saveTo: string | undefined;
}

export const usage = `npm run faults -- <transport> [options]

  <transport>   tcp
  --only TEXT   only the scenarios whose names contain it
  --short       as short as in the tests
  --save        write the results as JSON
  --to FOLDER   where to (default tools/faults/results)`;

/** @throws Error that says which argument is wrong */
export function readOptions(args: readonly string[], transports: readonly string[]): FaultsOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      to: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
    },
  });
  const transport = positionals.join(' ');
  if (!transports.includes(transport))
    throw new Error(`the transport is one of ${transports.join(', ')}, not "${transport}"`);
  const { only, short, save, to } = values;
  return { transport, only, short, saveTo: save ? to : undefined };
}
