import { PermissionDenied } from '../errors/conditions.js';
import type { Peer } from '../transport/security.js';
import { OPERATOR, type ControlOptions } from './options.js';

/** What is known of who asks, without believing what it says of itself. */
export interface Asker {
  readonly peer?: Peer | undefined;
  readonly local?: boolean | undefined;
}

/** Why whoever asks may not operate the service, and what would have to be different; `undefined` if it may. */
export function operatorRefusal(
  service: string,
  control: ControlOptions | undefined,
  { peer, local }: Asker,
): PermissionDenied | undefined {
  if (control === 'anyone' || (control === undefined && !peer && local)) return undefined;
  if (control === false)
    return new PermissionDenied(`'${service}' cannot be operated from outside (control: false)`);
  const callers = control?.callers ?? [OPERATOR];
  if (peer?.service !== undefined && callers.includes(peer.service)) return undefined;
  const names = callers.map((name) => `'${name}'`).join(' or ') || 'nobody';
  if (!peer) {
    return new PermissionDenied(
      `nothing proves who asks, so nobody may operate '${service}' from here: give it a secret or mutual TLS and operate ` +
        `it as ${names}, or set its option control`,
    );
  }
  const who = peer.service === undefined ? 'a caller without a name' : `'${peer.service}'`;
  return new PermissionDenied(
    `${who} may not operate '${service}', but ${names} may: its option control says so`,
  );
}
