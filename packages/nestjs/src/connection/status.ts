import type { TransportState } from '@rookery/core';

/** What `status` of a server or a client says, in Nest's words where Nest has them. */
export type RookeryStatus = 'connecting' | 'connected' | 'draining' | 'disconnected';

/** What `on` of a server or a client takes: a status and, where there is one, why. */
export type RookeryEvents = Record<RookeryStatus, (cause?: Error) => void>;

function rookeryStatus(state: TransportState): RookeryStatus {
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

/** Those who called `on` of a server or a client. What one of them throws is for the process to hear of, not for the transport. */
export class StatusListeners {
  readonly #listeners: { event: string; callback: (cause?: Error) => void }[] = [];
  #status: RookeryStatus | undefined;

  on(event: keyof RookeryEvents, callback: (cause?: Error) => void): void {
    this.#listeners.push({ event, callback });
  }

  /** Tells those who listen, if it is a change. */
  announce(state: TransportState): RookeryStatus {
    const status = rookeryStatus(state);
    if (status === this.#status) return status;
    this.#status = status;
    const cause = 'cause' in state ? state.cause : undefined;
    for (const { event, callback } of this.#listeners) {
      if (event === status) queueMicrotask(() => callback(cause));
    }
    return status;
  }
}
