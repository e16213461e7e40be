import {
  Backoff,
  ConfigurationError,
  type RookeryError,
  type Timer,
  type TransportHost,
} from '@rookery/core';
import type { Channel, ChannelModel } from 'amqplib';
import type { Settings } from '../options.js';
import { closed } from './closed.js';
import { dial, isExternal } from './dial.js';
import { explain, isHopeless, shownUrl } from './explain.js';
import { speaksTls } from './speaks-tls.js';

/** Something that lives on a channel of a link, and is made again there whenever the channel or the link was lost. */
export interface Tenant {
  /** Opens a channel and declares what it needs; what it throws costs the whole connection. */
  move(model: ChannelModel): Promise<Channel>;
  /** The channel is gone; a new one comes, unless the link is closed. */
  evicted(cause: RookeryError): void;
  /** The broker takes messages again. */
  unblocked?(): void;
  /** The channel is about to be closed: what has been gathered is handed over now. */
  closing?(): void;
  /** The connection was given up before it ever was there: what waits for it waits in vain. */
  refused?(cause: RookeryError): void;
}

/** Who hears of a link's life. */
export interface LinkListener {
  /** All tenants are in. */
  up(): void;
  /** The connection was lost, or could not be made; the next try is on its way. */
  down(cause: RookeryError): void;
  /** The broker takes nothing, or takes messages again. */
  alarm(): void;
}

/**
 * One connection to the broker that is made again by itself, with a pause that grows while that fails.
 */
export class Link {
  readonly #settings: Settings;
  readonly #host: TransportHost;
  readonly #name: string;
  readonly #listener: LinkListener;
  readonly #tenants: Tenant[] = [];
  readonly #channels = new Map<Tenant, Channel>();
  /** Of each tenant, how long to wait before it gets another channel. */
  readonly #patience = new Map<Tenant, Backoff>();
  /** Tenants that wait for another channel. */
  readonly #evicted = new Map<Tenant, Timer>();
  /** Of those whose channels were lost before all were in. */
  #waitingToMove: (() => void)[] = [];
  readonly #backoff: Backoff;
  #model: ChannelModel | undefined;
  #up = false;
  #tries = 0;
  /** The last that was said of a failure. */
  #said: string | undefined;
  #timer: Timer | undefined;
  #phase: 'idle' | 'on' | 'closed' = 'idle';
  #wasUp = false;
  /** Failures in a row that another try would not mend. */
  #hopeless = 0;
  #refusal: { readonly cause: RookeryError; readonly until: number } | undefined;
  /** The broker takes nothing from this connection, and why: an alarm of its memory or disk. */
  blocked: string | undefined;

  constructor(settings: Settings, host: TransportHost, name: string, listener: LinkListener) {
    this.#settings = settings;
    this.#host = host;
    this.#name = name;
    this.#listener = listener;
    this.#backoff = new Backoff(settings.reconnect.first, settings.reconnect.longest, host.random);
  }

  /** All tenants are in. */
  get up(): boolean {
    return this.#up;
  }

  /** The present connection, for people who need it. */
  get model(): ChannelModel | undefined {
    return this.#model;
  }

  /** Before `start`. */
  add(tenant: Tenant): void {
    this.#tenants.push(tenant);
  }

  /** Why it was given up: the broker does not let this side in, and waiting would not help. */
  get refusal(): RookeryError | undefined {
    return this.#refusal?.cause;
  }

  /** Connects, unless that was given up within the longest pause. */
  start(): void {
    if (this.#phase !== 'idle') return;
    if (this.#refusal && this.#host.clock.now() < this.#refusal.until) return;
    this.#refusal = undefined;
    this.#hopeless = 0;
    this.#phase = 'on';
    void this.#connect();
  }

  /** Closes the connection, which hands over what was written before. */
  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#timer?.cancel();
    for (const timer of this.#evicted.values()) timer.cancel();
    const model = this.#model;
    this.#model = undefined;
    this.#up = false;
    for (const tenant of this.#tenants) tenant.closing?.();
    // What a channel has written may be behind what the connection itself writes, so that it must be closed first.
    await Promise.all([...this.#channels.values()].map((channel) => closed(channel)));
    if (model) await closed(model);
  }

  async #connect(): Promise<void> {
    const { urls } = this.#settings;
    const url = urls[this.#tries++ % urls.length] ?? urls[0];
    let model: ChannelModel | undefined;
    try {
      const name = `${this.#host.replica} ${this.#name}`;
      model = await dial(this.#settings, url, name, this.#host.logger);
      await this.#settle(model, url);
    } catch (cause) {
      if (model !== undefined && this.#model === model) this.#lost(model, cause, url);
      else if (model === undefined) this.#failed(await this.#whyNot(cause, url));
    }
  }

  async #settle(model: ChannelModel, url: URL): Promise<void> {
    let broken: unknown;
    model.on('error', (error) => (broken = error));
    model.on('close', (error) => this.#lost(model, broken ?? error ?? new Error('closed'), url));
    if (this.#phase === 'closed') {
      await model.close();
      return;
    }
    this.#model = model;
    this.#watchAlarms(model, url);
    // A broker that has just come back may answer nothing to one who was too early.
    const { connectTimeout } = this.#settings;
    const late = new Error(`it has not answered for ${connectTimeout} ms`);
    const limit = this.#host.clock.after(connectTimeout, () => this.#lost(model, late, url));
    try {
      for (const tenant of this.#tenants) await this.#move(tenant, model, url);
    } finally {
      limit.cancel();
    }
    if (this.#model !== model) return;
    this.#backoff.reset();
    this.#said = undefined;
    this.#up = true;
    this.#wasUp = true;
    this.#host.logger.debug(`connected to RabbitMQ at ${shownUrl(url)} (${this.#name})`);
    this.#listener.up();
    for (const move of this.#waitingToMove.splice(0)) move();
  }

  async #move(tenant: Tenant, model: ChannelModel, url: URL): Promise<void> {
    const channel = await tenant.move(model);
    const { clock } = this.#host;
    const since = clock.now();
    this.#channels.set(tenant, channel);
    let broken: unknown;
    channel.on('error', (error) => (broken = error));
    channel.on('close', () => {
      const cause = this.#explain(broken ?? new Error('the channel was closed'), url);
      tenant.evicted(cause);
      if (this.#phase === 'closed') return;
      const { longest } = this.#settings.reconnect;
      if (clock.now() - since > longest) this.#patience.get(tenant)?.reset();
      // A connection closes its channels before it says that it is closed itself.
      queueMicrotask(() => this.#moveAlone(tenant, model, url, cause));
    });
  }

  #moveAlone(tenant: Tenant, model: ChannelModel, url: URL, cause: RookeryError): void {
    if (this.#model !== model) return;
    if (!this.#up) {
      this.#waitingToMove.push(() => this.#moveAlone(tenant, model, url, cause));
      return;
    }
    this.#host.logger.warn(`a channel to RabbitMQ was closed (${this.#name}): ${cause.message}`);
    const { clock, random } = this.#host;
    const { first, longest } = this.#settings.reconnect;
    const backoff = this.#patience.get(tenant) ?? new Backoff(first, longest, random);
    this.#patience.set(tenant, backoff);
    // A channel that is closed again and again, for a right that is missing, must not keep the broker busy.
    this.#evicted.set(
      tenant,
      clock.after(backoff.next(), () => {
        this.#evicted.delete(tenant);
        if (this.#model !== model) return;
        this.#move(tenant, model, url).catch((error: unknown) => this.#lost(model, error, url));
      }),
    );
  }

  #watchAlarms(model: ChannelModel, url: URL): void {
    this.blocked = undefined;
    model.on('blocked', (reason) => {
      this.blocked = reason;
      this.#host.logger.error(
        `RabbitMQ at ${shownUrl(url)} takes nothing more for now: ${reason}; what is published waits`,
      );
      this.#listener.alarm();
    });
    model.on('unblocked', () => {
      this.blocked = undefined;
      this.#host.logger.info(`RabbitMQ at ${shownUrl(url)} takes messages again`);
      this.#listener.alarm();
      for (const tenant of this.#tenants) tenant.unblocked?.();
    });
  }

  #lost(model: ChannelModel, cause: unknown, url: URL): void {
    if (this.#model !== model || this.#phase === 'closed') return;
    this.#model = undefined;
    this.#up = false;
    this.blocked = undefined;
    for (const timer of this.#evicted.values()) timer.cancel();
    this.#evicted.clear();
    this.#waitingToMove = [];
    void closed(model);
    this.#failed(this.#explain(cause, url));
  }

  async #whyNot(cause: unknown, url: URL): Promise<RookeryError> {
    const broken = /ECONNRESET|EPIPE|closed abruptly/.test(String(cause));
    const { connectTimeout } = this.#settings;
    if (broken && url.protocol === 'amqp:' && (await speaksTls(url, this.#host.clock, connectTimeout)))
      return new ConfigurationError(`RabbitMQ at ${shownUrl(url)} wants TLS; write amqps:`, { cause });
    return this.#explain(cause, url);
  }

  #explain(cause: unknown, url: URL): RookeryError {
    return explain(cause, url, isExternal(this.#settings, url));
  }

  #failed(cause: RookeryError): void {
    if (this.#phase === 'closed') return;
    this.#hopeless = isHopeless(cause) ? this.#hopeless + 1 : 0;
    if (!this.#wasUp && this.#hopeless >= this.#settings.urls.length) {
      this.#giveUp(cause);
      return;
    }
    const pause = this.#backoff.next();
    const { logger } = this.#host;
    // Said once, not at every try.
    const text = `${cause.message}; it is tried again (${this.#name})`;
    if (text === this.#said) logger.debug(`${text}, in ${Math.round(pause)} ms`);
    else logger.warn(text);
    this.#said = text;
    this.#timer = this.#host.clock.after(pause, () => void this.#connect());
    this.#listener.down(cause);
  }

  /** What has never worked and fails for a reason that waiting does not mend is not tried on and on. */
  #giveUp(cause: RookeryError): void {
    const { clock, logger } = this.#host;
    this.#phase = 'idle';
    this.#refusal = { cause, until: clock.now() + this.#settings.reconnect.longest };
    logger.error(`${cause.message} (${this.#name})`);
    for (const tenant of this.#tenants) tenant.refused?.(cause);
    this.#listener.down(cause);
  }
}
