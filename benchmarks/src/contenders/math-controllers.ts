import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { Member } from '../calls.js';
import { sumOf } from '../load/payload.js';
import { handled } from './handled.js';

/** The patterns of a {@link requestsOf} and {@link eventsOf}, as a medium takes them. */
export interface Patterns {
  readonly sum: string | { cmd: 'sum' };
  readonly echo: string | { cmd: 'echo' };
  readonly noted: string | { cmd: 'noted' };
}

/** As in Nest's own tutorial. */
export const patterns = { sum: { cmd: 'sum' }, echo: { cmd: 'echo' }, noted: { cmd: 'noted' } } as const;

/** For media where they are names of topics; of one measurement alone. */
export function topics(name: string): { sum: string; echo: string; noted: string } {
  return { sum: `${name}.sum`, echo: `${name}.echo`, noted: `${name}.noted` };
}

/** The handlers of requests of every Nest contender. */
export function requestsOf({ sum, echo }: Patterns) {
  @Controller()
  class Requests {
    @MessagePattern(sum)
    sum(numbers: number[]): number {
      return sumOf(numbers);
    }

    @MessagePattern(echo)
    echo(member: Member): Member {
      return member;
    }
  }
  return Requests;
}

/** The handler of events of those that settle an event when its handler has returned. */
export function eventsOf({ noted }: Patterns) {
  @Controller()
  class Events {
    @EventPattern(noted)
    noted(_event: number[] | Member): void {
      handled.count++;
    }
  }
  return Events;
}
