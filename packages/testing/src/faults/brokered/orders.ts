/** What a process that serves is told: JSON, as its one argument. */
export interface ServiceOrders {
  readonly url: string;
  readonly service: string;
  readonly replica: string;
  readonly patterns: FlowPatterns;
  /** The file to which each event that was handled is added. */
  readonly journal: string;
  /** What its subject adds, see {@link BrokeredSubject.options}. */
  readonly options: Readonly<Record<string, string>>;
}

/** What a process that calls is told: JSON, as its one argument. */
export interface CallerOrders {
  readonly url: string;
  readonly service: string;
  /** The publisher that its events name: unique, so one that takes the place of a dead one has another. */
  readonly name: string;
  readonly patterns: FlowPatterns;
  readonly load: FlowLoad;
  readonly options: Readonly<Record<string, string>>;
}

/** How the patterns of one scenario are called; each scenario has its own. */
export interface FlowPatterns {
  /** Events with a key, handled in their order by one endpoint: {@link ENDPOINTS}. */
  readonly moved: string;
  /** Events for two endpoints, in no order. */
  readonly told: string;
  /** A request that gives back what it got. */
  readonly echo: string;
}

/** What is asked of a service: half of the events are `moved`, half are `told`. */
export interface FlowLoad {
  readonly eventsPerSecond: number;
  readonly requestsPerSecond: number;
  /** Milliseconds that a request may take. */
  readonly timeout: number;
  /** Of every so many events one fails when it is first tried; 0 for none. */
  readonly failOnceEvery: number;
  /** Of every so many events one fails whenever it is tried; 0 for none. */
  readonly failAlwaysEvery: number;
  /** Milliseconds for which each event keeps the processor busy, at its first endpoint. */
  readonly busy: number;
}

/** The body of an event: what it is, and what it does to its handler. */
export interface FlowEvent {
  /** From 0 on, one for each of its publisher. */
  readonly id: number;
  /** Its publisher. */
  readonly by: string;
  readonly key: string;
  readonly fails?: 'once' | 'always';
  readonly busy?: number;
}

/** The body of a request, and of its answer. */
export interface Question {
  readonly id: number;
}

/** Which endpoints handle which events. What fails does so at the first one only. */
export const ENDPOINTS = { moved: ['ledger'], told: ['mail', 'audit'] } as const;

export type FlowEndpoint = (typeof ENDPOINTS)[keyof typeof ENDPOINTS][number];

/** How many keys the `moved` have. */
const KEYS = 16;

/** The event with this number. */
export function eventOf({ name, load }: Pick<CallerOrders, 'name' | 'load'>, id: number): FlowEvent {
  const { failOnceEvery, failAlwaysEvery, busy } = load;
  const every = (count: number) => count > 0 && id % count < 2; // one that moved, and one that was told
  const fails = every(failAlwaysEvery) ? 'always' : every(failOnceEvery) ? 'once' : undefined;
  const event: FlowEvent = { id, by: name, key: `k${(id >> 1) % KEYS}` };
  return { ...event, ...(fails && { fails }), ...(busy > 0 && { busy }) };
}

export function kindOf(id: number): keyof typeof ENDPOINTS {
  return id % 2 === 0 ? 'moved' : 'told';
}
