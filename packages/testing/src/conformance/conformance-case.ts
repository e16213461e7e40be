import type { Subject } from './subject.js';
import type { World } from './world.js';

/** The promises, as the design lists them. */
export type PromiseKept =
  | 'answer'
  | 'delivery'
  | 'order'
  | 'streams'
  | 'context'
  | 'contract'
  | 'shutdown'
  | 'overload'
  | 'neighbours';

/** One thing that every transport does. */
export interface ConformanceCase {
  /** Unique; says what is so, in one clause. */
  readonly name: string;
  readonly promise: PromiseKept;
  /** What the medium has to be able to do. */
  readonly needs?: Need;
  readonly run: (world: World) => Promise<void>;
}

/** Something that not every medium can do. */
export interface Need {
  /** Why the case says nothing about a medium that cannot. */
  readonly reason: string;
  readonly met: (subject: Subject) => boolean;
}

/** Why a case is not run for this subject; `undefined` when it is. */
export function skipReason({ name, needs }: ConformanceCase, subject: Subject): string | undefined {
  if (needs && !needs.met(subject)) return needs.reason;
  return subject.gaps?.[name];
}
