import type { Lookup } from '../src/client/replicas/lookup.js';
import { party, type Party, type ServerOptions } from './parties.js';

/** A resolver that says what a test wants. */
export class Names {
  answer: readonly string[] | Error;
  /** What was asked, in order. */
  readonly asked: string[] = [];

  constructor(...ips: string[]) {
    this.answer = ips;
  }

  readonly lookup: Lookup = (host) => {
    this.asked.push(host);
    return this.answer instanceof Error ? Promise.reject(this.answer) : Promise.resolve(this.answer);
  };
}

/** The calls that a replica has, to be answered when a test wants. */
export interface ServedAt extends Party {
  readonly calls: (() => void)[];
}

/** `math` at one of the addresses 127.x.x.x; its calls are answered at once unless `hold` is set. */
export async function serveAt(
  host: string,
  port: number,
  { hold = false, ...options }: ServerOptions & { hold?: boolean } = {},
): Promise<ServedAt> {
  const calls: (() => void)[] = [];
  const server = party('math', { replica: `at ${host}`, ...options, listen: { host, port } });
  server.transport.serve('math', (request, _credit, responder) => {
    calls.push(() => responder.reply(`${request.body as string} at ${host}`, true));
    if (!hold) calls.at(-1)?.();
    return { credit() {}, cancel() {} };
  });
  await server.transport.open();
  return { ...server, calls };
}

/** The states of what a caller knows of `math`. */
export function statesOf({ transport }: Pick<Party, 'transport'>): string[] {
  return (transport.describe().replicas?.['math'] ?? []).map(({ state }) => state);
}
