import type { Calls } from './calls.js';

/** Starts serving on a free port of the loopback interface and resolves to that port. */
type StartServer = () => Promise<number>;

/** Connects to the server on that port of 127.0.0.1; resolves once calls can be made. */
type Connect = (port: number) => Promise<Calls>;

/** One way to make a call. A server and a client process each load only their own half of one contender. */
export interface Contender {
  /** As `--only` and the results know it. */
  readonly name: string;
  readonly suite: Suite;
  readonly server: () => Promise<StartServer>;
  readonly client: () => Promise<Connect>;
}

/** What is compared with each other: `npm run bench -- <suite>`. */
export type Suite = 'tcp';

/** The contender that the others of its suite are divided by. */
export const baselines: Readonly<Record<Suite, string>> = { tcp: 'nest-tcp' };
