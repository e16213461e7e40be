import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes of a number in a file of a ledger: an unsigned integer, the lowest byte first. */
export const NUMBER_BYTES = 4;

/** Which of so many numbers were handled, by what the consumers have written to their files. */
export class Ledger {
  readonly #seen: Uint8Array;
  readonly #read = new Map<string, number>();
  readonly #buffer = Buffer.alloc(65_536 * NUMBER_BYTES);
  /** How many different ones. */
  handled = 0;
  /** How often one that had been handled was handled again. */
  repeated = 0;

  /** @param count the numbers are those below it */
  constructor(count: number) {
    this.#seen = new Uint8Array(Math.ceil(count / 8));
  }

  /** Has what a consumer writes counted; the file need not be there yet. */
  add(file: string): void {
    this.#read.set(file, 0);
  }

  /** Counts what has been written since. */
  look(): void {
    for (const [file, from] of this.#read) this.#read.set(file, from + this.#count(file, from));
  }

  /** How many each consumer has handled, in the order in which they came. */
  get shares(): number[] {
    return [...this.#read.values()].map((bytes) => bytes / NUMBER_BYTES);
  }

  /** @returns how many bytes were counted */
  #count(file: string, from: number): number {
    let descriptor: number;
    try {
      descriptor = openSync(file, 'r');
    } catch {
      return 0; // its consumer has not begun
    }
    let counted = 0;
    for (;;) {
      const read = readSync(descriptor, this.#buffer, 0, this.#buffer.length, from + counted);
      const whole = read - (read % NUMBER_BYTES);
      for (let at = 0; at < whole; at += NUMBER_BYTES) this.#handled(this.#buffer.readUInt32LE(at));
      counted += whole;
      if (whole === 0) break;
    }
    closeSync(descriptor);
    return counted;
  }

  #handled(number: number): void {
    const bits = this.#seen[number >> 3] ?? 0;
    const bit = 1 << (number & 7);
    if (bits & bit) this.repeated++;
    else {
      this.#seen[number >> 3] = bits | bit;
      this.handled++;
    }
  }
}
