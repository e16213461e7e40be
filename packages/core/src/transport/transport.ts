import type { Body, Message } from '../envelope/envelope.js';
import type { ConnectionLost } from '../errors/conditions.js';
import type { RookeryError } from '../errors/rookery-error.js';
import type { Capabilities } from './capabilities.js';
import type { DeadLetterLog } from './dead-letter-log.js';
import type { Lag } from './lag.js';
import type { Publication, PublishOutcome, Subscriber, Subscription, SubscriptionControl } from './events.js';
import type { Peer } from './security.js';
import type { TransportState } from './state.js';
import type { TopologyItem } from './topology.js';
import type { UploadDemand, UploadItems } from './upload.js';

/**
 * What moves bytes and settles deliveries. Everything that makes the promises true lives once, in the core; a
 * transport knows frames, addresses, connections and nothing of codecs, handlers or retries.
 *
 *     Client -> request/publish -> Transport | medium | Transport -> serve/subscribe -> Server
 *
 * Life: `serve` and `subscribe` declare, `open` begins (a client that serves nothing need not open: it connects when
 * first used), `quiesce` stops taking, `close` ends. All of it is idempotent.
 */
export interface Transport {
  /** The URL scheme, for messages to people: `tcp`, `memory`. */
  readonly scheme: string;
  readonly capabilities: Capabilities;
  readonly state: TransportState;
  /** Calls `listener` at every change of state, until the returned function is called. */
  watch(listener: (state: TransportState) => void): () => void;

  /** Direct media: calls `listener` when a replica of a service is left out or gets calls again, until the returned function is called. */
  watchReplicas?(listener: (change: ReplicaChange) => void): () => void;

  /**
   * Sends a request to one replica of `target.service`. Never throws and never waits: what goes wrong is told to the
   * sink, later. While there is no connection the request waits; the caller's deadline cancels it.
   *
   * @param credit how many values may be sent back before more credit is given; at least 1
   */
  request(target: Target, message: Message, credit: number, sink: ReplySink): Call;

  /**
   * Hands over events. Resolves when each is stored, in a bounded queue, or refused; it does not reject. Outcomes are
   * in the order of the publications.
   */
  publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]>;

  /**
   * Takes the requests for `service`. Once, before `open`.
   *
   * @param patterns those that have a handler, in their normal form, wildcards among them: a wire that addresses
   *   requests by their patterns takes those only
   */
  serve(service: string, handler: RequestHandler, patterns?: readonly string[]): void;
  /** Takes the events of one endpoint. Before `open`. */
  subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl;

  /**
   * Listens, attaches or connects, and resolves when requests and events are being taken.
   *
   * @throws RookeryError that says which address cannot be used and why
   */
  open(): Promise<void>;

  /**
   * Resolves when `target` can be reached, or at once where that cannot be known; for `client.connect()`.
   *
   * @param timeout milliseconds; without it there is no limit
   * @throws Unavailable when that takes longer, with why
   */
  reach(target: Target, timeout?: number): Promise<void>;

  /** Stops taking new requests and deliveries; those taken go on, and calling out still works. */
  quiesce(): Promise<void>;

  /** Flushes what was handed over, fails the calls that are still open with `ClientClosed`, and lets go of everything. */
  close(): Promise<void>;

  /**
   * Media that keep dead letters: those of a service, as a log. The core makes the one store of them that all replicas
   * share.
   */
  deadLetters?(service: string): DeadLetterLog;

  /**
   * Media that know it: what waits for what was subscribed and served here. Asks the medium each time.
   *
   * @throws RookeryError when it cannot be asked
   */
  lag?(): Promise<readonly Lag[]>;

  /** Addresses and names in the medium, for people and for tests. */
  describe(): TransportDescription;

  /** The native client or server object, for Nest's `unwrap()`. */
  unwrap(): unknown;
}

/** To whom a request goes. */
export interface Target {
  readonly service: string;
  /** One certain replica; any of them when left out. */
  readonly replica?: string;
}

/** The caller's end of a request. After `reply` with `last`, `fail` or `lost` nothing more is called. */
export interface ReplySink {
  /**
   * One value, in order. `last` says that the reply ends with it, in one frame; a last body of `undefined` is an end
   * without a value.
   */
  reply(body: Body, last: boolean): void;
  /** The other side answered with an error, encoded by `encodeFailure`. */
  fail(failure: string): void;
  /** This side's transport gave up; the error says whether the request may have been handled. */
  lost(error: RookeryError): void;
  /**
   * The items of an upload, of a request whose body is none: asked for with credit once the request is read there. Left
   * out by a request without. Only where the capabilities say `uploads`; never called before `request` has returned.
   */
  readonly upload?: UploadDemand | undefined;
}

/** The caller's hold on a request under way. */
export interface Call {
  /** Whether the request may have left this process; `false` means that nobody can have started it. */
  readonly sent: boolean;
  /** Lets `count` more values come. */
  credit(count: number): void;
  /**
   * The caller gave up: forget the sink, tell the other side.
   *
   * @param why `deadline` when nobody had answered in time, which says something of the other side
   */
  cancel(why?: CancelCause): void;
  /** Takes the items, if the sink has an upload. */
  readonly upload?: UploadItems | undefined;
}

/** Why a call is given up: by whoever made it, or because no answer came before its deadline. */
export type CancelCause = 'caller' | 'deadline';

/** Called by the transport for each request that arrives; must not throw. */
export type RequestHandler = (message: Message, credit: number, responder: Responder) => ServerCall;

/** The handler's end of a request. Calls after the end, or after a cancel, are ignored. */
export interface Responder {
  /** As {@link ReplySink.reply}. */
  reply(body: Body, last: boolean): void;
  /** Answers with an error, encoded by `encodeFailure`. */
  fail(failure: string): void;
  /** What the medium has of this message, for people who need it: the socket on TCP. */
  readonly native?: unknown;
  /** Who the caller is, where the medium can prove it. */
  readonly peer?: Peer | undefined;
  /** Whether the caller can only be on this machine: it is in this process, or the service listens on loopback. */
  readonly local?: boolean | undefined;
  /** The items of the request's upload, if it has one. */
  readonly upload?: UploadDemand | undefined;
}

/** The transport's hold on a request that is being handled. */
export interface ServerCall {
  /** The caller lets `count` more values come. */
  credit(count: number): void;
  /** The caller gave up, or is gone, which is the cause then. */
  cancel(cause?: ConnectionLost): void;
  /** Takes the items, if the responder has an upload. */
  readonly upload?: UploadItems | undefined;
  /** Whether its handler has not begun, because others are before it, or waits for the caller to read or to send. */
  readonly waits?: boolean;
}

/** See {@link Transport.describe}. */
export interface TransportDescription {
  readonly scheme: string;
  /** Where this side listens or which broker it uses, as URLs; the real port, not 0. */
  readonly addresses: readonly string[];
  /**
   * What it needs at its broker, but for what lives and dies with one replica: complete before `open`, without a connection,
   * once all is served and subscribed.
   */
  readonly topology?: readonly TopologyItem[];
  /** Direct media: where each known service is. */
  readonly services?: Readonly<Record<string, readonly string[]>>;
  /** Direct media: what the addresses of each known service lead to at this moment. */
  readonly replicas?: Readonly<Record<string, readonly ReplicaDescription[]>>;
}

/** What a client knows of one address, for people: the words of `state` are the transport's. */
export interface ReplicaDescription {
  readonly address: string;
  readonly state: string;
  /** Who is there; left out while that is not known. */
  readonly replica?: string | undefined;
  /** How many calls it has that have no end yet. */
  readonly inFlight?: number;
}

/** A replica of a service is left out, or gets calls again. */
export interface ReplicaChange {
  readonly service: string;
  /** Who it is among the replicas of the service. */
  readonly replica: string;
  /** `out`: it gets no calls but a probe. */
  readonly state: 'out' | 'back';
  /** Why it is left out, for people. */
  readonly why?: string;
}
