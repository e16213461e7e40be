import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Unavailable } from '@rookery/core';
import type { Charge, Flakiness } from '../contracts/payments.js';

/** How many charges the bank takes at once. */
export const LINES = 2;

/** Milliseconds that a charge takes, and one that hangs. */
const USUAL = 50;
const FOREVER = 2 ** 31 - 1;

/** Stands for a bank. It takes its time, and it fails or hangs for a share of the charges once it is told to. */
@Injectable()
export class Bank {
  private readonly logger = new Logger(Bank.name);
  private flakiness: Flakiness = { failing: 0, hanging: 0 };

  become(flakiness: Flakiness): Flakiness {
    const { failing, hanging } = flakiness;
    this.logger.warn(`from now on ${failing * 100} % of the charges fail and ${hanging * 100} % hang`);
    return (this.flakiness = flakiness);
  }

  /**
   * Gives the id of the payment.
   *
   * @param signal aborts when nobody waits for it any more
   * @throws Unavailable, or why `signal` has aborted: nothing was charged then
   */
  async charge({ email, amount, orderId }: Charge, signal: AbortSignal): Promise<string> {
    const { failing, hanging } = this.flakiness;
    const lot = Math.random();
    if (lot < failing) throw new Unavailable('the bank is closed; nothing was charged');
    const takes = lot < failing + hanging ? FOREVER : USUAL;
    await pause(takes, undefined, { signal }).catch(() => signal.throwIfAborted());
    this.logger.log(`${email} has paid ${(amount / 100).toFixed(2)} for order ${orderId}`);
    return randomUUID();
  }
}
