import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { Member } from '../calls.js';
import { sumOf } from '../load/payload.js';
import { takeSlowly } from './one-stream.js';

@Controller()
export class SoakController {
  /** Events handled so far, repetitions included. */
  static handled = 0;

  @MessagePattern('sum')
  sum(numbers: number[]): number {
    return sumOf(numbers);
  }

  @MessagePattern('echo')
  echo(member: Member | string): Member | string {
    return member;
  }

  @MessagePattern('count')
  async *count(to: number): AsyncGenerator<number> {
    for (let number = 0; number < to; number++) yield number;
  }

  /** Slow, so that its caller has to wait for it. */
  @MessagePattern('take')
  take(numbers: AsyncIterable<number>): Promise<number> {
    return takeSlowly(numbers);
  }

  @EventPattern('noted')
  noted(_member: Member): void {
    SoakController.handled++;
  }
}
