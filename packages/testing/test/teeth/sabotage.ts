import type { Transport, TransportHost } from '@rookery/core';

/** A way to be wrong, and the cases that have to notice: those and no others. */
export interface Sabotage {
  readonly what: string;
  readonly fails: readonly string[];
  /** Those of which it depends on the moment. */
  readonly mayFail?: readonly string[];
  readonly wrap: (transport: Transport, host: TransportHost) => Transport;
}

export const of =
  (Broken: new (inner: Transport, host: TransportHost) => Transport) =>
  (inner: Transport, host: TransportHost): Transport =>
    new Broken(inner, host);
