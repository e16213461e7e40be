import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const COLOURS = [36, 33, 35, 32, 34];

/** Many writers, one log: each line begins with who wrote it, in colour on a terminal. */
export class JoinedLog {
  readonly #write: (text: string) => void;
  readonly #coloured: boolean;
  readonly #width: number;
  readonly #names: string[];

  /** @param names all who will write; the longest sets the width of the first column */
  constructor(names: string[], coloured: boolean, write: (text: string) => void) {
    this.#names = names;
    this.#width = Math.max(...names.map((name) => name.length));
    this.#coloured = coloured;
    this.#write = write;
  }

  line(name: string, text: string): void {
    const label = `${name.padEnd(this.#width)} |`;
    const colour = COLOURS[this.#names.indexOf(name) % COLOURS.length] ?? 0;
    this.#write(`${this.#coloured ? `\u001b[${colour}m${label}\u001b[0m` : label} ${text}\n`);
  }

  /** Text for people to copy from: nothing is put before it. */
  plain(text: string): void {
    this.#write(text);
  }

  /** Joins what a process writes, line by line. */
  follow(name: string, stream: Readable): void {
    createInterface({ input: stream }).on('line', (text) => this.line(name, text));
  }
}
