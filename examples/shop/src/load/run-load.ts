import type { User } from '../contracts/users.js';
import { HttpUser, type Answer } from './http-user.js';
import { atRate, capacity } from './pace.js';
import type { Tally } from './tally.js';

export interface LoadOptions {
  /** Where the gateway of the shop answers, on loopback. */
  readonly origin: string;
  /** For how long payments is overloaded. */
  readonly seconds: number;
  /** How many times what payments can do it is asked for. */
  readonly times: number;
  /** Hears what is done. */
  readonly say: (text: string) => void;
}

/** Requests that one service answers. */
export interface Kind {
  readonly service: string;
  readonly request: string;
  readonly tally: Tally;
}

export interface LoadResult {
  /** Orders a second that payments can do. */
  readonly possible: number;
  /** While half of that is asked for. */
  readonly calm: readonly Kind[];
  readonly overloaded: readonly Kind[];
}

/** Requests a second to each of the others. */
const CALM = 50;
/** Orders a second at most, so that the machine's limit is not taken for the shop's. */
const MOST = 2_000;
/** Orders under way while it is measured how many are possible: none is refused then. */
const LINES = 4;

/** Measures what payments can do, then asks for half of it, then for many times as much, and each time for the others, too. */
export async function runLoad({ origin, seconds, times, say }: LoadOptions): Promise<LoadResult> {
  if (new URL(origin).hostname !== '127.0.0.1') throw new RangeError(`${origin} is not on loopback`);
  const http = new HttpUser(origin);
  try {
    const [buyer, other] = await Promise.all([signUp(http, 'Ada'), signUp(http, 'Grace')]);
    const order = (): Promise<Answer> => http.ask('POST', '/orders', { userId: buyer, amount: 1_250 });
    const get = async (service: string, path: string, request: string): Promise<Kind> => {
      const tally = await atRate(CALM, seconds, () => http.ask('GET', path));
      return { service, request, tally };
    };
    const measure = (orders: number): Promise<Kind[]> =>
      Promise.all([
        get('users', `/users/${other}`, 'GET /users/:id'),
        get('notifications', `/users/${other}/notifications`, 'GET /users/:id/notifications'),
        atRate(orders, seconds, order).then((tally) => ({
          service: 'payments',
          request: 'POST /orders',
          tally,
        })),
      ]);

    const possible = await capacity(LINES, Math.min(seconds, 2), order);
    say(`payments can do ${possible.toFixed(0)} orders a second; half of that for ${seconds} s`);
    const calm = await measure(possible / 2);
    const rate = Math.min(possible * times, MOST);
    say(`${rate.toFixed(0)} orders a second for ${seconds} s; ${origin}/health/page shows it`);
    return { possible, calm, overloaded: await measure(rate) };
  } finally {
    http.close();
  }
}

async function signUp(http: HttpUser, name: string): Promise<string> {
  const email = `${name.toLowerCase()}@example.com`;
  const { status, body } = await http.ask('POST', '/users', { name, email });
  if (status !== 201) throw new Error(`POST /users answered ${status}: ${body}`);
  return (JSON.parse(body) as User).id;
}
