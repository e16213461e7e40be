import { createHash } from 'node:crypto';

/** Kafka takes no longer name. */
const LONGEST = 249;
/** How much of a pattern that is too long stays readable. */
const READABLE = 180;

/** Beginning of the topics that are Rookery's own, behind the namespace. */
const OWN = 'rookery.';

/** A topic of Rookery's own in a namespace, whose name and dot is the first group, or in none. */
const ANY_OWN = /^((?!rookery\.)[A-Za-z0-9-]+\.)?rookery\./;

/** Begins what stands for a byte that Kafka takes in no name: two hexadecimal digits follow. */
const ESCAPE = '_x';

/** Of how many patterns the topics are kept, and the other way round: each event needs them, and there may be patterns without end. */
const MOST_KEPT = 1_000;

/** What everything is called at the brokers: with a namespace, all of it begins with `<namespace>.`. */
export class Names {
  /** Where everything goes that is for one replica or one caller. */
  readonly replies: string;
  readonly #prefix: string;
  readonly #own: string;
  readonly #topics = new Map<string, string>();
  readonly #patterns = new Map<string, string | undefined>();

  constructor(namespace?: string) {
    this.#prefix = namespace === undefined ? '' : `${namespace}.`;
    this.#own = this.#prefix + OWN;
    this.replies = `${this.#own}replies`;
  }

  /** The name of what is no topic: a group of consumers, a client. */
  within(name: string): string {
    return this.#prefix + name;
  }

  /**
   * Those topics of all that wildcards can be about. With a namespace, those in it; without one, those in none, as far as can
   * be seen: where there is a topic of Rookery's own in a namespace, everything that begins as it does is in that namespace.
   */
  visible(topics: readonly string[]): readonly string[] {
    if (this.#prefix !== '') return topics.filter((topic) => topic.startsWith(this.#prefix));
    const others = new Set(topics.flatMap((topic) => ANY_OWN.exec(topic)?.[1] ?? []));
    if (others.size === 0) return topics;
    return topics.filter((topic) => !others.has(topic.slice(0, topic.indexOf('.') + 1)));
  }

  /**
   * The topic of an event's pattern: the pattern itself, where Kafka takes it for a name, so that topics have the names that
   * they have in stock Nest. Every other byte is `_x` and two hexadecimal digits, and so is the `_` of a `_x`; no two patterns
   * share a topic, and none has the name of a topic of Rookery's own. What is too long ends in `_xz` and a hash.
   */
  topicOf(pattern: string): string {
    const known = this.#topics.get(pattern);
    if (known !== undefined) return known;
    const topic = this.#prefix + topicFrom(pattern, LONGEST - this.#prefix.length);
    if (this.#topics.size < MOST_KEPT) this.#topics.set(pattern, topic);
    return topic;
  }

  /** The pattern of a topic; `undefined` when no pattern has such a topic, or its name was too long to keep it. */
  patternOf(topic: string): string | undefined {
    if (this.isOwn(topic) || !topic.startsWith(this.#prefix)) return undefined;
    if (this.#patterns.has(topic)) return this.#patterns.get(topic);
    const pattern = patternFrom(topic.slice(this.#prefix.length));
    if (this.#patterns.size < MOST_KEPT) this.#patterns.set(topic, pattern);
    return pattern;
  }

  /** Where the requests for a service go. */
  requests(service: string): string {
    return `${this.#own}${escape(service)}.requests`;
  }

  /** Whether a topic is one of {@link requests}. */
  isRequests(topic: string): boolean {
    return this.isOwn(topic) && topic.endsWith('.requests');
  }

  /** Where events go that are for one service only. */
  inbox(service: string): string {
    return `${this.#own}${escape(service)}.events`;
  }

  /** Where a service keeps what it is to try again after `tier` milliseconds or more. */
  retries(service: string, tier: number): string {
    return `${this.#own}${escape(service)}.retry.${tier}`;
  }

  /** Whether a topic is one of {@link retries}. */
  isRetries(topic: string): boolean {
    return this.isOwn(topic) && /\.retry\.\d+$/.test(topic);
  }

  /** Where a service keeps what has become of its dead letters. */
  deadLetters(service: string): string {
    return `${this.#own}${escape(service)}.dead-letters`;
  }

  /** Whether a topic is one of {@link deadLetters}. */
  isDeadLetters(topic: string): boolean {
    return this.isOwn(topic) && topic.endsWith('.dead-letters');
  }

  /** Whether a topic is one of Rookery's own, and none of a pattern. */
  isOwn(topic: string): boolean {
    return topic.startsWith(this.#own);
  }

  /** Whether a topic is one of Rookery's own in whatever namespace. */
  isAnyOwn(topic: string): boolean {
    return ANY_OWN.test(topic);
  }
}

/** @param longest it may be */
function topicFrom(pattern: string, longest: number): string {
  let topic = escape(pattern);
  if (topic.startsWith(OWN)) topic = `rookery${ESCAPE}2e${topic.slice(OWN.length)}`;
  else if (topic === '.' || topic === '..' || topic === '') topic = `${ESCAPE}${topic.length}`;
  if (topic.length <= longest) return topic;
  const hash = createHash('sha256').update(pattern).digest('hex').slice(0, 40);
  return `${topic.slice(0, READABLE - LONGEST + longest)}${ESCAPE}z${hash}`;
}

function patternFrom(topic: string): string | undefined {
  const dots = /^_x([012])$/.exec(topic);
  if (dots) return '.'.repeat(Number(dots[1]));
  const bytes: Buffer[] = [];
  for (const [index, part] of topic.split(ESCAPE).entries()) {
    const hex = index === 0 ? '' : part.slice(0, 2);
    if (index > 0 && !/^[0-9a-f]{2}$/.test(hex)) return undefined;
    bytes.push(Buffer.from(hex, 'hex'), Buffer.from(part.slice(hex.length)));
  }
  return Buffer.concat(bytes).toString('utf8');
}

function escape(name: string): string {
  const bytes = [...Buffer.from(name, 'utf8')];
  return bytes.map((byte, at) => escapeByte(byte, bytes[at + 1])).join('');
}

function escapeByte(byte: number, next: number | undefined): string {
  const character = String.fromCharCode(byte);
  const kept = /[A-Za-z0-9._-]/.test(character) && !(character === '_' && next === 0x78);
  return kept ? character : ESCAPE + byte.toString(16).padStart(2, '0');
}
