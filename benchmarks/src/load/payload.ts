import { isDeepStrictEqual } from 'node:util';
import type { Calls, Member } from '../calls.js';

export type Payload = 'small' | '1k' | EventPayload;

type EventPayload = 'event' | 'event-1k';

/** Whether it is an event, whose answer is that it is stored, and which is handled later. */
export function isEvent(payload: Payload): payload is EventPayload {
  return payload === 'event' || payload === 'event-1k';
}

const numbers: readonly number[] = [1, 2, 3];
const member = kibibyte();

/** One call of this payload, and whether an answer to it is right. */
export interface Call {
  make(): Promise<unknown>;
  isRight(answer: unknown): boolean;
}

/** The call that `payload` names, made through `calls`. */
export function callOf(payload: Payload, calls: Calls): Call {
  switch (payload) {
    case 'small':
      return { make: () => calls.sum(numbers), isRight: (answer) => answer === 6 };
    case '1k':
      return { make: () => calls.echo(member), isRight: (answer) => isDeepStrictEqual(answer, member) };
    case 'event':
    case 'event-1k': {
      const event = payload === 'event' ? numbers : member;
      return { make: async () => calls.note?.(event), isRight: () => calls.note !== undefined };
    }
  }
}

/** What every server does with a `sum`. */
export function sumOf(numbers: readonly number[]): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

/** A member whose JSON has exactly 1,024 bytes. */
export function kibibyte(): Member {
  const member: Member = {
    id: 48_151_623,
    name: 'Ada Byron-Lovelace',
    email: 'ada.lovelace@example.com',
    active: true,
    balance: 1815.12,
    createdAt: '2026-01-10T08:30:00.000Z',
    tags: ['engine', 'notes', 'mathematics', 'london'],
    address: { street: "12 St James's Square", city: 'London', zip: 'SW1Y 4LB', geo: [51.5074, -0.1361] },
    orders: Array.from({ length: 8 }, (_, index) => ({
      id: 7_000 + index,
      sku: `CARD-${index}-PUNCHED`,
      quantity: index + 1,
      price: 12.5 * (index + 1),
    })),
    note: '',
  };
  member.note = 'n'.repeat(1024 - Buffer.byteLength(JSON.stringify(member)));
  return member;
}
