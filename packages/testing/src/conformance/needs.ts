import type { Need } from './conformance-case.js';

export const wildcards: Need = {
  reason: 'this medium has no wildcards in the patterns of events',
  met: ({ capabilities }) => capabilities.wildcards,
};

export const delay: Need = {
  reason: 'this medium cannot hold an event back',
  met: ({ capabilities }) => capabilities.delay,
};

export const bytes: Need = {
  reason: 'nobody can send malformed bytes over this medium',
  met: ({ sendBytes }) => sendBytes !== undefined,
};

export const uploads: Need = {
  reason: 'this medium has no uploads',
  met: ({ capabilities }) => capabilities.uploads,
};

export const deadLetterLog: Need = {
  reason: 'this medium keeps no dead letters: they are in the memory of each replica',
  met: ({ capabilities }) => capabilities.deadLetters,
};
