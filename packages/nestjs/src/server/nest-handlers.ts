import { AsyncLocalStorage } from 'node:async_hooks';
import type { MessageHandler } from '@nestjs/microservices';
import { normalPattern, PatternTable, type Handler, type Pattern } from '@rookery/core';
import { finalize, isObservable, Observable } from 'rxjs';
import type { DeclaredHandler } from '../seams/handlers-of-app.js';
import type { MakeContext } from './contexts/of-medium.js';
import { eventOptionsOf, type EventHandlerOptions } from './event-options.js';
import { RookeryContext } from './rookery-context.js';

/** One `@EventPattern` method with all its patterns: retried and dead-lettered on its own. */
export interface EventEndpoint {
  readonly name: string;
  readonly patterns: Pattern[];
  readonly options: Omit<EventHandlerOptions, 'endpoint'>;
  /** The callback for each pattern; Nest makes one for each. */
  readonly callbacks: PatternTable<MessageHandler>;
}

/** Runs a handler between Nest's processing hooks; see {@link NestHandlers.hooks}. */
export type ProcessingHooks = (context: RookeryContext, run: (end: () => void) => Promise<void>) => void;

/** What Nest has added to a server: requests by pattern, events by method. */
export class NestHandlers {
  readonly requests = new Map<string, { pattern: Pattern; callback: MessageHandler }>();
  /** Every `@EventPattern` method of every controller. */
  readonly events: EventEndpoint[] = [];
  /** Those of the controller that is being added, and the names of its methods, by the methods' extras. */
  readonly #current = new Map<object, EventEndpoint>();
  readonly #names = new Map<object, string>();
  /** Set when the application has hooks, which cost a promise a message. */
  hooks: ProcessingHooks | undefined;
  /** Makes what `@Ctx()` gives. */
  context: MakeContext = (message, _data, isEvent) => new RookeryContext(message, isEvent);

  /** A controller begins. Extras identify a method only within one: subclasses share those of what they inherit. */
  declare(handlers: readonly DeclaredHandler[]): void {
    this.#current.clear();
    for (const { name, extras } of handlers) if (extras) this.#names.set(extras, name);
  }

  addRequest(pattern: Pattern, callback: MessageHandler): void {
    this.requests.set(normalPattern(pattern), { pattern, callback });
  }

  addEvent(pattern: Pattern, callback: MessageHandler, extras: Record<string, unknown>): void {
    let endpoint = this.#current.get(extras);
    if (!endpoint) {
      const name = this.#uniqueName(extras, normalPattern(pattern));
      endpoint = {
        name,
        patterns: [],
        options: eventOptionsOf(extras, name),
        callbacks: new PatternTable(),
      };
      this.#current.set(extras, endpoint);
      this.events.push(endpoint);
    }
    endpoint.patterns.push(pattern);
    endpoint.callbacks.add(normalPattern(pattern), callback);
  }

  /** `{ endpoint }` of the decorator, else the method's name; numbered where two classes have the same name. */
  #uniqueName(extras: Record<string, unknown>, pattern: string): string {
    const given = extras['endpoint'];
    const name = typeof given === 'string' ? given : (this.#names.get(extras) ?? pattern);
    const taken = new Set(this.events.map((endpoint) => endpoint.name));
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name}#${count}`;
    return unique;
  }

  requestHandler(callback: MessageHandler): Handler {
    return (data, message) => this.#run(callback, data, this.context(message, data, false));
  }

  eventHandler(endpoint: EventEndpoint): Handler {
    return (data, message) => {
      const [callback] = endpoint.callbacks.match(message.envelope.pattern);
      return callback && this.#run(callback, data, this.context(message, data, true));
    };
  }

  #run(callback: MessageHandler, data: unknown, context: RookeryContext): unknown {
    if (!this.hooks) return callback(data, context) as unknown;
    const hooks = this.hooks;
    return new Promise((resolve, reject) => {
      hooks(context, async (end) => {
        try {
          const result: unknown = await callback(data, context);
          if (isObservable(result)) {
            // An interceptor has the handler run when the result is subscribed to: that belongs within the hooks too.
            const within = AsyncLocalStorage.snapshot();
            const hooked = result.pipe(finalize(end));
            resolve(new Observable((observer) => within(() => hooked.subscribe(observer))));
          } else {
            end();
            resolve(result);
          }
        } catch (error) {
          end();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what was thrown
          reject(error);
        }
      });
    });
  }
}
