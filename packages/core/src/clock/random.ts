import { randomBytes } from 'node:crypto';

/** Randomness, injected, so that a seed can replay a run. */
export interface Random {
  /** A number in [0, 1), evenly spread; not for secrets. */
  next(): number;
  /** `length` characters of [0-9a-z], hard to guess and, at 20 of them, unique for all purposes. */
  token(length: number): string;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** The machine's own randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  token(length) {
    let token = '';
    // A byte modulo 36 favours four characters slightly; entropy stays above 5.1 bits a character.
    for (const byte of randomBytes(length)) token += ALPHABET.charAt(byte % ALPHABET.length);
    return token;
  },
};
