import { Injectable } from '@nestjs/common';
import type { ApplicationPolicy } from '@rookery/nestjs';

/** Calls that failed in one way: what the last of them says. */
export interface CallError {
  readonly pattern: string;
  /** The class of the error. */
  readonly name: string;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
  /** By which the log has more of it. */
  readonly correlationId: string | undefined;
  readonly times: number;
}

type Call = Parameters<ApplicationPolicy['around']>[0];

/** How many are kept for each service. */
const KEPT = 5;

/** A policy of the application's own: remembers how calls to each service failed, the latest first. */
@Injectable()
export class LastErrors implements ApplicationPolicy {
  readonly name = 'last errors';
  private readonly errors = new Map<string, readonly CallError[]>();

  of(service: string): readonly CallError[] {
    return this.errors.get(service) ?? [];
  }

  async around(call: Call, next: () => Promise<unknown>): Promise<unknown> {
    try {
      return await next();
    } catch (error) {
      // What a service refuses in words, as 404, is an answer.
      if (error instanceof Error) this.note(call, error);
      throw error;
    }
  }

  private note({ service, pattern, context }: Call, { name, message }: Error): void {
    const known = this.of(service);
    const same = known.find((error) => error.pattern === pattern && error.name === name);
    const { correlationId } = context ?? {};
    const at = new Date().toISOString();
    const error: CallError = { pattern, name, message, at, correlationId, times: (same?.times ?? 0) + 1 };
    this.errors.set(service, [error, ...known.filter((other) => other !== same)].slice(0, KEPT));
  }
}
