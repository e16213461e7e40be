import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Journal, type FlowEvent, type Question } from '@rookery/testing';
import { serviceOrders } from './service-orders.js';

const { patterns, journal } = serviceOrders;

/** The service, the same under all: stock Nest hears nothing of `ordered`. */
@Controller()
export class StockRoomController {
  // Takes up to 4 ms, fails if the event says so, and writes down what it has done.
  private readonly journal = new Journal(journal);

  @EventPattern<string>(patterns.moved, { ordered: true })
  ledger(@Payload() event: FlowEvent): Promise<void> {
    return this.journal.work('ledger', event);
  }

  @EventPattern<string>(patterns.told)
  mail(@Payload() event: FlowEvent): Promise<void> {
    return this.journal.work('mail', event);
  }

  @EventPattern<string>(patterns.told)
  audit(@Payload() event: FlowEvent): Promise<void> {
    return this.journal.work('audit', event);
  }

  @MessagePattern(patterns.echo)
  echo(@Payload() question: Question): Question {
    return question;
  }
}
