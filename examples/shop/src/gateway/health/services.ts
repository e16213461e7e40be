import { Injectable } from '@nestjs/common';
import { InjectClient, RookeryClient } from '@rookery/nestjs';
import { LastErrors, type CallError } from './last-errors.js';

/** Milliseconds that a service has to say that it is ready. */
const PATIENCE = 1_000;

/** How it stands with a service, as the gateway sees it. */
export interface ServiceHealth {
  /** `ready`, or what was said instead. */
  readonly answer: string;
  readonly breaker: string;
  /** Calls of the gateway that have no answer yet. */
  readonly inFlight: number;
  readonly lastErrors: readonly CallError[];
}

/** The services behind the gateway. */
@Injectable()
export class Services {
  private readonly clients: Readonly<Record<string, RookeryClient>>;

  constructor(
    @InjectClient('users') users: RookeryClient,
    @InjectClient('notifications') notifications: RookeryClient,
    @InjectClient('payments') payments: RookeryClient,
    private readonly errors: LastErrors,
  ) {
    this.clients = { users, notifications, payments };
  }

  /** What each says when it is asked whether it is ready. */
  readiness(): Promise<Record<string, string>> {
    return this.each((_, client) => ask(client));
  }

  health(): Promise<Record<string, ServiceHealth>> {
    return this.each(async (service, client) => {
      const [answer, policies] = await Promise.all([ask(client), client.describe()]);
      const state = (policy: string, value: string): unknown =>
        policies.find(({ name }) => name === policy)?.values[value]?.value;
      return {
        answer,
        breaker: String(state('breaker', 'state')),
        inFlight: Number(state('bulkhead', 'inFlight')),
        lastErrors: this.errors.of(service),
      };
    });
  }

  private async each<T>(
    look: (service: string, client: RookeryClient) => Promise<T>,
  ): Promise<Record<string, T>> {
    const looks = Object.entries(this.clients).map(
      async ([service, client]) => [service, await look(service, client)] as const,
    );
    return Object.fromEntries(await Promise.all(looks));
  }
}

function ask(client: RookeryClient): Promise<string> {
  return client
    .request<string>('health.ready', undefined, { timeout: PATIENCE })
    .catch((error: unknown) => (error as { code?: string }).code ?? 'failed');
}
