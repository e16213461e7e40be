/** `running` takes events, `paused` none, `probing` one, to see whether they are handled again. */
export type KillSwitchState = 'running' | 'paused' | 'probing';

/** The kill switch of an endpoint has changed its state. */
export interface KillSwitchEvent {
  readonly type: 'kill-switch';
  readonly service: string;
  readonly endpoint: string;
  readonly state: KillSwitchState;
  readonly previous: KillSwitchState;
  /** When it pauses: what the last try failed with. */
  readonly cause?: unknown;
}

/** What those who watch a server hear of its endpoints. */
export type EndpointEvent = KillSwitchEvent;

/** Called with each of them, in a turn of its own. */
export type EndpointListener = (event: EndpointEvent) => void;
