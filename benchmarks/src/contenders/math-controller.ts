import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { Member } from '../calls.js';
import { sumOf } from '../load/payload.js';

/** The handlers of every Nest contender, with the patterns of Nest's own tutorial. */
@Controller()
export class MathController {
  @MessagePattern({ cmd: 'sum' })
  sum(numbers: number[]): number {
    return sumOf(numbers);
  }

  @MessagePattern({ cmd: 'echo' })
  echo(member: Member): Member {
    return member;
  }
}
