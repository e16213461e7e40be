import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload, RmqContext } from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import type { Member } from '../../calls.js';
import { handled } from '../handled.js';
import { patterns } from '../math-controllers.js';

/** Acknowledges by hand, which is stock Nest's way to lose none. */
@Controller()
export class Events {
  @EventPattern(patterns.noted)
  noted(@Payload() _event: number[] | Member, @Ctx() context: RmqContext): void {
    handled.count++;
    (context.getChannelRef() as Channel).ack(context.getMessage() as Message);
  }
}
