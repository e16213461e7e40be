import type { DeadLetters } from '@rookery/core';
import { binds, type DeclaredHandler } from './handlers-of-app.js';

/** A Rookery server within an application, as the seams see it. */
export interface SeamServer {
  readonly service: string;
  /** @throws Error before it listens */
  readonly deadLetters: DeadLetters;
  /** Told of the handlers of a controller before Nest adds those that it binds. */
  declare(handlers: readonly DeclaredHandler[]): void;
  /** Told which application it belongs to. */
  belongsTo(application: Application): void;
  drain(): Promise<void>;
}

/** What is known of one Nest application (one dependency-injection container). */
export class Application {
  readonly servers = new Set<SeamServer>();
  readonly #unbound = new Map<string, DeclaredHandler>();
  readonly #bound = new Set<string>();

  /** Handlers that no server of this application has taken so far. */
  get unbound(): readonly DeclaredHandler[] {
    return [...this.#unbound.values()];
  }

  /** Notes which handlers of a controller the server (of whatever make) binds. */
  note(handlers: readonly DeclaredHandler[], transportId: DeclaredHandler['transport']): void {
    for (const handler of handlers) {
      if (binds(handler, transportId)) {
        this.#bound.add(handler.name);
        this.#unbound.delete(handler.name);
      } else if (!this.#bound.has(handler.name)) this.#unbound.set(handler.name, handler);
    }
  }
}

const applications = new WeakMap<object, Application>();

/** The application that has these modules, Nest's ModulesContainer; made when first asked for. */
export function applicationOf(modules: object): Application {
  let application = applications.get(modules);
  if (!application) applications.set(modules, (application = new Application()));
  return application;
}
