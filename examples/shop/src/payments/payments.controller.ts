import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { RookeryBus, RookeryContext } from '@rookery/nestjs';
import type { Charge, Flakiness, Payment } from '../contracts/payments.js';
import { Bank } from './bank.js';

@Controller()
export class PaymentsController {
  constructor(
    private readonly bank: Bank,
    private readonly bus: RookeryBus,
  ) {}

  /** Of several requests with one idempotency key only the first gets here; the others get its answer. */
  @MessagePattern('payment.charge')
  async charge(@Payload() charge: Charge, @Ctx() { signal }: RookeryContext): Promise<Payment> {
    const payment: Payment = { ...charge, id: await this.bank.charge(charge, signal) };
    await this.bus.publish('payment.charged', payment);
    return payment;
  }

  /** For demonstrations. */
  @MessagePattern('payment.flaky')
  flaky(@Payload() flakiness: Flakiness): Flakiness {
    return this.bank.become(flakiness);
  }
}
