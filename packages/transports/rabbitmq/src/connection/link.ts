import { Backoff, type RookeryError, type Timer, type TransportHost } from '@rookery/core';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import type { Settings } from '../options.js';
import { explain, shownUrl } from './explain.js';
import { gatherWrites } from './gather-writes.js';

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
}

/** Who hears of a link's life. */
export interface LinkListener {
  /** All tenants are in. */
  up(): void;
  /** The connection was lost, or could not be made; the next try is on its way. */
  down(cause: RookeryError): void;
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
  readonly #backoff: Backoff;
  #model: ChannelModel | undefined;
  #up = false;
  #tries = 0;
  /** The last that was said of a failure. */
  #said: string | undefined;
  #timer: Timer | undefined;
  #phase: 'idle' | 'on' | 'closed' = 'idle';
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

  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'on';
    void this.#connect();
  }

  /** Closes the connection, which hands over what was written before. */
  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#timer?.cancel();
    const model = this.#model;
    this.#model = undefined;
    this.#up = false;
    for (const tenant of this.#tenants) tenant.closing?.();
    // What a channel has written may be behind what the connection itself writes, so that it must be closed first.
    await Promise.all([...this.#channels.values()].map((channel) => closed(channel)));
    if (model) await closed(model);
  }

  async #connect(): Promise<void> {
    const { urls, connectTimeout, heartbeat } = this.#settings;
    const url = urls[this.#tries++ % urls.length] ?? urls[0];
    let model: ChannelModel | undefined;
    try {
      const target = new URL(url);
      target.searchParams.set('heartbeat', String(Math.ceil(heartbeat / 1_000)));
      model = await connect(target.href, {
        noDelay: true,
        timeout: connectTimeout,
        clientProperties: { connection_name: `${this.#host.replica} ${this.#name}` },
      });
      gatherWrites(model);
      await this.#settle(model, url);
    } catch (cause) {
      if (model !== undefined && this.#model === model) this.#lost(model, cause, url);
      else if (model === undefined) this.#failed(explain(cause, url));
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
    this.#host.logger.debug(`connected to RabbitMQ at ${shownUrl(url)} (${this.#name})`);
    this.#listener.up();
  }

  async #move(tenant: Tenant, model: ChannelModel, url: URL): Promise<void> {
    const channel = await tenant.move(model);
    this.#channels.set(tenant, channel);
    let broken: unknown;
    channel.on('error', (error) => (broken = error));
    channel.on('close', () => {
      if (this.#phase === 'closed') return;
      const cause = explain(broken ?? new Error('the channel was closed'), url);
      tenant.evicted(cause);
      // A connection closes its channels before it says that it is closed itself.
      queueMicrotask(() => this.#moveAlone(tenant, model, url, cause));
    });
  }

  #moveAlone(tenant: Tenant, model: ChannelModel, url: URL, cause: RookeryError): void {
    if (this.#model !== model || !this.#up) return;
    this.#host.logger.warn(`a channel to RabbitMQ was closed (${this.#name}): ${cause.message}`);
    this.#move(tenant, model, url).catch((error: unknown) => this.#lost(model, error, url));
  }

  #watchAlarms(model: ChannelModel, url: URL): void {
    this.blocked = undefined;
    model.on('blocked', (reason) => {
      this.blocked = reason;
      this.#host.logger.error(
        `RabbitMQ at ${shownUrl(url)} takes nothing more for now: ${reason}; what is published waits`,
      );
    });
    model.on('unblocked', () => {
      this.blocked = undefined;
      this.#host.logger.info(`RabbitMQ at ${shownUrl(url)} takes messages again`);
      for (const tenant of this.#tenants) tenant.unblocked?.();
    });
  }

  #lost(model: ChannelModel, cause: unknown, url: URL): void {
    if (this.#model !== model || this.#phase === 'closed') return;
    this.#model = undefined;
    this.#up = false;
    this.blocked = undefined;
    void closed(model);
    this.#failed(explain(cause, url));
  }

  #failed(cause: RookeryError): void {
    if (this.#phase === 'closed') return;
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
}

/** One that is closed already has nothing to hand over. */
async function closed(one: { close(): Promise<void> }): Promise<void> {
  try {
    await one.close();
  } catch {
    // lost
  }
}
