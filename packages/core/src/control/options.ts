/**
 * Who may operate a service over its own transport: look at its dead letters, replay, edit and drop them.
 *
 * - left out: callers that have proven, by a certificate or a secret, to be `operator`; and where nothing is proven, those
 *   that can only be on this machine, because the service listens on loopback or is called in its own process;
 * - `{ callers }`: those that have proven one of these names, and nobody else;
 * - `'anyone'`: whoever can send a request to the service. For media that prove nothing, such as a broker that itself
 *   decides who may send what;
 * - `false`: nobody.
 */
export type ControlOptions = false | 'anyone' | { readonly callers: readonly string[] };

/** Who operates unless something else is said. */
export const OPERATOR = 'operator';
