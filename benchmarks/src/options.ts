import { parseArgs } from 'node:util';
import { suites, type Suite } from './contender.js';
import { contenders } from './contenders/all.js';
import type { Payload } from './load/payload.js';
import { RESULTS } from './report/save.js';

export interface BenchOptions {
  readonly suite: Suite;
  readonly contenders: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly inFlight: readonly number[];
  readonly payloads: readonly Payload[];
  /** Whether it neither waits for the machine to be quiet nor measures anything again. */
  readonly busy: boolean;
  /** Folder that the JSON goes to; undefined writes none. */
  readonly saveTo: string | undefined;
  /** Whether to say where the CPU time went; needs `perf`. */
  readonly profile: boolean;
}

export const usage = `npm run bench -- <suite> [options]
npm run bench -- policies [--rounds N] [--calls N] [--save] [--to FOLDER]: what each policy costs a call

  <suite>          tcp, rabbitmq or kafka
  --rounds N       rounds, each of which measures every contender in every cell (default 5)
  --seconds N      length of each measured window (default 2); the warm-up takes half as long again
  --only A,B       only these contenders
  --in-flight N,M  calls in flight (default 1,100,1000)
  --payload P,Q    small: sum([1,2,3]); 1k: a JSON echo of 1 KiB; over a broker also event and event-1k (default all)
  --busy           measure while other processes work, and each but once: for the CPU time of a call, not for calls/s
  --profile        also print where the CPU time of a call went; needs Linux and perf
  --save           write the results as JSON
  --to FOLDER      where to (default benchmarks/results)`;

const names = Object.keys(suites) as Suite[];
const requests: readonly Payload[] = ['small', '1k'];
const withEvents: readonly Payload[] = [...requests, 'event', 'event-1k'];

/** @throws Error that says which argument is wrong, and what would be right. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string' },
      'in-flight': { type: 'string', default: '1,100,1000' },
      payload: { type: 'string' },
      busy: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      to: { type: 'string', default: RESULTS },
    },
  });
  const suite = oneOf('the suite', names, positionals.join(' '));
  const all = contenders.filter((contender) => contender.suite === suite).map(({ name }) => name);
  const payloads = suites[suite].broker === undefined ? requests : withEvents;
  return {
    suite,
    contenders: values.only === undefined ? all : listOf('--only', all, values.only),
    rounds: numberIn('--rounds', values.rounds, 1, 100),
    seconds: numberIn('--seconds', values.seconds, 0.05, 60),
    inFlight: values['in-flight'].split(',').map((text) => numberIn('--in-flight', text, 1, 10_000)),
    payloads: values.payload === undefined ? payloads : listOf('--payload', payloads, values.payload),
    busy: values.busy,
    saveTo: values.save ? values.to : undefined,
    profile: values.profile,
  };
}

function listOf<T extends string>(what: string, known: readonly T[], text: string): T[] {
  return text.split(',').map((name) => oneOf(what, known, name));
}

function oneOf<T extends string>(what: string, known: readonly T[], name: string): T {
  const found = known.find((candidate) => candidate === name);
  if (found === undefined) throw new Error(`${what} is one of ${known.join(', ')}, not "${name}"`);
  return found;
}

function numberIn(what: string, text: string, least: number, most: number): number {
  const number = Number(text);
  const whole = least >= 1;
  if (text.trim() === '' || !(number >= least && number <= most) || (whole && !Number.isInteger(number))) {
    throw new Error(`${what} is a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}"`);
  }
  return number;
}
