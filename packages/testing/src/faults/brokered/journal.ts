import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { MemoryDeadLetters, systemClock, type DeadLetter } from '@rookery/core';
import { pause } from '../../waiting/eventually.js';
import { ENDPOINTS, type FlowEndpoint, type FlowEvent } from './orders.js';

/** One thing that was done with an event. */
export interface JournalEntry {
  readonly endpoint: string;
  readonly event: FlowEvent;
  /** It was not handled: it is a dead letter. */
  readonly dead: boolean;
}

/**
 * What the replicas of a service have done, in one file: each line is added to its end before the event is accepted, so
 * the order of the lines is the order in which events were handled, whoever did it and however that process ended.
 */
export class Journal {
  readonly #file: string;
  /** What failed once here. */
  readonly #failed = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  /** Handles an event: takes a moment, fails if the event says so, and writes it down. */
  async work(endpoint: FlowEndpoint, event: FlowEvent): Promise<void> {
    const first = endpoint === ENDPOINTS.moved[0] || endpoint === ENDPOINTS.told[0];
    if (first && event.busy !== undefined) spin(event.busy);
    await pause(event.id % 5); // as a query would, and not all of them equally long
    if (first && event.fails !== undefined) this.#fail(event);
    if (endpoint === ENDPOINTS.told[0] && existsSync(this.#broken))
      throw new Error('the mail server is broken');
    this.#write({ endpoint, event, dead: false });
  }

  /** Keeps dead letters as memory does, and writes them down. */
  deadLetters(): MemoryDeadLetters {
    const write = (endpoint: string, body: string) =>
      this.#write({ endpoint, event: JSON.parse(body) as FlowEvent, dead: true });
    return new (class extends MemoryDeadLetters {
      override async put(letter: DeadLetter): Promise<void> {
        await super.put(letter);
        const { body } = letter.message;
        // Nest's endpoints are named after the class too.
        const endpoint = letter.endpoint.slice(letter.endpoint.lastIndexOf('.') + 1);
        write(endpoint, typeof body === 'string' ? body : Buffer.from(body ?? []).toString());
      }
    })();
  }

  read(): JournalEntry[] {
    if (!existsSync(this.#file)) return [];
    // What follows the last end of a line is being written.
    const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEntry);
  }

  /** Whether the endpoint `mail` fails, in all replicas, whatever comes. */
  breakMail(broken: boolean): void {
    if (broken) writeFileSync(this.#broken, '');
    else rmSync(this.#broken, { force: true });
  }

  get #broken(): string {
    return `${this.#file}.mail-is-broken`;
  }

  #write(entry: JournalEntry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  #fail({ by, id, fails }: FlowEvent): void {
    const name = `${by}/${id}`;
    if (fails === 'once' && this.#failed.has(name)) return;
    this.#failed.add(name);
    throw new Error(`${name} fails ${fails}`);
  }
}

/** Does nothing else meanwhile, as a handler that computes. */
function spin(milliseconds: number): void {
  const end = systemClock.now() + milliseconds;
  while (systemClock.now() < end);
}
