import { parseArgs } from 'node:util';
import { type BrokerKind, brokerKinds } from '../broker.js';

const actions = ['up', 'down', 'status', 'kill', 'pause', 'resume', 'restart'] as const;

export interface BrokersOptions {
  readonly action: (typeof actions)[number];
  readonly kinds: readonly BrokerKind[];
  /** Milliseconds of a pause that ends by itself. */
  readonly pauseFor: number | undefined;
}

export const usage = `npm run brokers -- <action> [rabbitmq] [kafka] [redis] [nats]      (all, when none is named)

  up        starts what does not run, and prints its address for the shell
  down      ends it and removes its data
  status    prints where it is, and whether it answers
  kill      ends it as a crash does; its data stay
  pause     stops it where it is (SIGSTOP); --for 10000 lets it go on after that many milliseconds
  resume    lets it go on after pause
  restart   kills it if it runs, and starts it again on the same data and ports`;

/** @throws Error that says which argument is wrong */
export function readOptions(args: readonly string[]): BrokersOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { for: { type: 'string' } },
  });
  const [action = '', ...named] = positionals;
  if (!isOneOf(actions, action))
    throw new Error(`the action is one of ${actions.join(', ')}, not "${action}"`);
  const kinds = named.map((kind) => {
    if (isOneOf(brokerKinds, kind)) return kind;
    throw new Error(`a broker is one of ${brokerKinds.join(', ')}, not "${kind}"`);
  });
  const pauseFor = values.for === undefined ? undefined : Number(values.for);
  if (pauseFor !== undefined && !(action === 'pause' && pauseFor > 0))
    throw new Error('--for belongs to pause, and is a number of milliseconds above 0');
  return { action, kinds: kinds.length === 0 ? brokerKinds : [...new Set(kinds)], pauseFor };
}

function isOneOf<T extends string>(all: readonly T[], text: string): text is T {
  return (all as readonly string[]).includes(text);
}
