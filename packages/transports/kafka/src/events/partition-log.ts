import type { Deadlines, Expiring } from '@rookery/core';
import type { FetchedRecord } from '../fetch/fetched-record.js';
import type { Position } from '../fetch/position.js';

/** Bytes in hand of one partition before it is read on. */
const MAX_BYTES = 16 * 1_048_576;

/** A record in hand. */
export interface LogEntry {
  readonly log: PartitionLog;
  readonly record: FetchedRecord;
  readonly size: number;
  /** How many deliveries of it have no end yet. */
  open: number;
  /** All deliveries of it, so that none is left waiting when another has it. */
  readonly deliveries: Expiring[];
}

/**
 * What is in hand of a partition, in its order. Kafka remembers one number for it: up to where everything is settled.
 */
export class PartitionLog {
  readonly position: Position;
  /** Whether what is in it waits where it is, however long. */
  readonly keepsWaiting: boolean;
  readonly #fencing: () => number | undefined;
  readonly #limit: number;
  readonly #changed: () => void;
  readonly #entries: LogEntry[] = [];
  #bytes = 0;
  /** Deliveries that a handler has. */
  #running = 0;
  #quiet: (() => void) | undefined;
  #closed = false;
  #fencingToken: number | undefined;
  #committed: bigint;

  /**
   * @param changed called when it is wanted again
   * @param fencing under which fencing token this replica has it; left out where no order is kept
   */
  constructor(
    position: Position,
    keepsWaiting: boolean,
    limit: number,
    changed: () => void,
    fencing: () => number | undefined = () => undefined,
  ) {
    this.position = position;
    this.keepsWaiting = keepsWaiting;
    this.#limit = limit;
    this.#fencing = fencing;
    this.#changed = changed;
    this.#committed = position.next;
  }

  /** Whether it is another's now: nothing of it is to begin here. */
  get closed(): boolean {
    return this.#closed;
  }

  /** That under which this replica has it, or had it at last. */
  get fencingToken(): number | undefined {
    return this.#closed ? this.#fencingToken : this.#fencing();
  }

  /** When the first that is not settled was sent, in milliseconds since the Unix epoch. */
  get oldest(): number | undefined {
    return this.#entries[0]?.record.timestamp;
  }

  /** How far everything is settled, if that is not noted yet. */
  get uncommitted(): bigint | undefined {
    const settled = this.#entries[0]?.record.offset ?? this.position.next;
    return settled > this.#committed ? settled : undefined;
  }

  committed(offset: bigint): void {
    this.#committed = offset;
  }

  add(record: FetchedRecord): LogEntry {
    const size = record.value?.length ?? 0;
    const entry: LogEntry = { log: this, record, size, open: 0, deliveries: [] };
    this.#entries.push(entry);
    this.#bytes += size;
    this.position.wanted = this.#entries.length < this.#limit && this.#bytes < MAX_BYTES;
    return entry;
  }

  /** Something of it may be settled: what is, and has nothing before it that is not, goes. */
  advance(): void {
    while (this.#entries[0]?.open === 0) this.#bytes -= this.#entries.shift()?.size ?? 0;
    if (this.position.wanted || this.#entries.length > this.#limit / 2 || this.#bytes > MAX_BYTES / 2) return;
    this.position.wanted = true;
    this.#changed();
  }

  began(): void {
    this.#running++;
  }

  ended(): void {
    if (--this.#running === 0) this.#quiet?.();
  }

  /** Begins nothing more. */
  close(deadlines: Deadlines): void {
    this.#fencingToken = this.fencingToken;
    this.#closed = true;
    for (const { deliveries } of this.#entries) for (const each of deliveries) deadlines.disarm(each);
  }

  /** Resolves when no handler has any of it. */
  async quiet(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#quiet = resolve));
  }
}
