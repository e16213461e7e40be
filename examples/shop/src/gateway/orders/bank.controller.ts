import { Body, Controller, Put } from '@nestjs/common';
import { InjectClient, RookeryClient } from '@rookery/nestjs';
import type { Flakiness } from '../../contracts/payments.js';
import { FlakinessBody } from './flakiness-body.js';

/** For demonstrations: the bank behind payments fails and hangs as it is told to. */
@Controller('bank')
export class BankController {
  constructor(@InjectClient('payments') private readonly payments: RookeryClient) {}

  @Put()
  become(@Body() flakiness: FlakinessBody): Promise<Flakiness> {
    return this.payments.request('payment.flaky', flakiness);
  }
}
