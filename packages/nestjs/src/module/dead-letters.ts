import type { DeadLetters } from '@rookery/core';
import type { Application } from '../seams/applications.js';

/**
 * The dead letters of the services that this application serves, by injection:
 *
 *     constructor(private readonly deadLetters: RookeryDeadLetters) {}
 *     const groups = await this.deadLetters.of('users').groups();
 */
export class RookeryDeadLetters {
  readonly #application: Application;

  /** @internal Made by RookeryModule. */
  constructor(application: Application) {
    this.#application = application;
  }

  /**
   * @param service default: the one that this application serves
   * @throws Error before it listens, and when it is not served here or not the only one
   */
  of(service?: string): DeadLetters {
    const servers = [...this.#application.servers];
    const names = servers.map((server) => `'${server.service}'`).join(', ') || 'none';
    const [found, ...others] = servers.filter(
      (server) => service === undefined || server.service === service,
    );
    if (!found)
      throw new Error(
        `the dead letters of '${service ?? 'a service'}' are not here; services here: ${names}`,
      );
    if (others.length > 0)
      throw new Error(`the dead letters of which service? Say of('…'); services here: ${names}`);
    return found.deadLetters;
  }
}
