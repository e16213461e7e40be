import type { TransportState } from '@rookery/core';

/** What `status` of a server or a client says, in Nest's words where Nest has them. */
export type RookeryStatus = 'connecting' | 'connected' | 'draining' | 'disconnected';

/** What `on` of a server or a client takes: a status and, where there is one, why. */
export type RookeryEvents = Record<RookeryStatus, (cause?: Error) => void>;

export function rookeryStatus(state: TransportState): RookeryStatus {
  switch (state.status) {
    case 'connecting':
      return state.cause ? 'disconnected' : 'connecting';
    case 'ready':
      return 'connected';
    case 'draining':
      return 'draining';
    case 'closed':
      return 'disconnected';
  }
}
