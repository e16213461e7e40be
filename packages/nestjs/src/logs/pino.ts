import { subscribe } from 'node:diagnostics_channel';
import { logFields, type LogFields } from '@rookery/core';

const INSTALLED = Symbol.for('rookery.nest.logs.pino');

/** What a logger of pino has; `chindings` are the bindings of a child as the text that stands in each of its lines. */
type PinoLogger = Record<symbol, unknown>;

/** What pino publishes when it begins a line; the same object when it has ended it. */
interface Line {
  readonly instance: PinoLogger;
  readonly arguments: ArrayLike<unknown>;
  [RESTORE]?: () => void;
}

const RESTORE = Symbol('restore');

/**
 * Has every logger of pino in this process (nestjs-pino's too) write `logFields()` into the lines that are written below
 * a message or an edge, as if they were bindings of the logger; what the line or the logger says itself goes before.
 * It uses the diagnostics channel of pino 10, and `pino.symbols.chindingsSym`; other versions write as ever. Once in a
 * process. See docs/adr/2026-11-21-logs-without-a-line.md.
 */
export function joinPino(): void {
  const process = globalThis as { [INSTALLED]?: true };
  if (process[INSTALLED]) return;
  process[INSTALLED] = true;
  subscribe('tracing:pino_asJson:start', (message) => {
    const fields = logFields();
    if (fields) begin(message as Line, fields);
  });
  subscribe('tracing:pino_asJson:end', (message) => (message as Line)[RESTORE]?.());
}

function begin(line: Line, fields: LogFields): void {
  const { instance } = line;
  const symbol = chindingsOf(instance);
  const bindings = symbol && instance[symbol];
  if (symbol === undefined || typeof bindings !== 'string') return;
  const [own] = Array.from(line.arguments) as [object | undefined];
  let added = '';
  for (const [name, value] of Object.entries(fields) as [string, string][]) {
    const said = (own && name in own) || bindings.includes(`,"${name}":`);
    if (!said) added += `,"${name}":${JSON.stringify(value)}`;
  }
  instance[symbol] = bindings + added;
  line[RESTORE] = () => {
    instance[symbol] = bindings;
  };
}

let known: symbol | undefined;

/** The symbol is its copy of pino's own: looked for in the logger and what it was made from, once for each copy. */
function chindingsOf(instance: PinoLogger): symbol | undefined {
  if (known !== undefined && known in instance) return known;
  for (let each: object | null = instance; each; each = Object.getPrototypeOf(each) as object | null) {
    const found = Object.getOwnPropertySymbols(each).find(
      ({ description }) => description === 'pino.chindings',
    );
    if (found) return (known = found);
  }
  return undefined;
}
