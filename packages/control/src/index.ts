export { connect, type ConnectOptions } from './connect.js';
export type {
  ServiceLetters,
  LetterPage,
  ListedLetter,
  ReplayedLetter,
  ReplaySettings,
  WhichLetters,
} from './service-letters.js';
export type { AskedReplica, SilentReplica } from './replicas.js';
export type { ServiceControl } from './service-control.js';
