import type { DeadLetterLog } from '../../src/transport/dead-letter-log.js';

type Entry = readonly [id: string, letter: string | undefined];
type Take = (id: string, letter: string | undefined) => void;

/** A log in memory, whose readers get what was appended when they are told to. */
export class SharedLog {
  readonly entries: Entry[] = [];
  readonly readers: LogReader[] = [];

  reader(): LogReader {
    const reader = new LogReader(this);
    this.readers.push(reader);
    return reader;
  }

  /** Everything is read by all, until nobody appends anything more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet++) {
      for (const reader of this.readers) if (reader.readOn()) quiet = 0;
      await turn();
    }
  }

  /** What is left once only the latest of each id is kept. */
  compacted(): SharedLog {
    const log = new SharedLog();
    const latest = new Map(this.entries.map(([id], index) => [id, index]));
    log.entries.push(...this.entries.filter(([id], index) => latest.get(id) === index));
    return log;
  }
}

export class LogReader implements DeadLetterLog {
  readonly #log: SharedLog;
  #take: Take | undefined;
  #next = 0;
  keep: (id: string) => void = () => undefined;
  refuses: Error | undefined;

  constructor(log: SharedLog) {
    this.#log = log;
  }

  async append(id: string, letter: string | undefined): Promise<void> {
    await turn();
    if (this.refuses) throw this.refuses;
    this.#log.entries.push([id, letter]);
  }

  async read(take: Take, keep: (id: string) => void): Promise<void> {
    if (this.refuses) throw this.refuses;
    this.#take = take;
    this.keep = keep;
    this.readOn();
  }

  /** Reads so many entries more, and says whether there was one. */
  readOn(count = Infinity): boolean {
    const begin = this.#next;
    while (this.#next < this.#log.entries.length && this.#next - begin < count) {
      const [id, letter] = this.#log.entries[this.#next++] as Entry;
      this.#take?.(id, letter);
    }
    return this.#next > begin;
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
