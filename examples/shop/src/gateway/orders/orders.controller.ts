import type { ServerResponse } from 'node:http';
import { Body, Controller, HttpStatus, Logger, Post, Res } from '@nestjs/common';
import { InjectClient, RookeryClient } from '@rookery/nestjs';
import type { Order } from '../../contracts/orders.js';
import type { Charge, Payment } from '../../contracts/payments.js';
import type { User } from '../../contracts/users.js';
import { NewOrderBody } from './new-order-body.js';
import { OrderId } from './order-id.js';

@Controller('orders')
export class OrdersController {
  private readonly logger = new Logger(OrdersController.name);

  constructor(
    @InjectClient('users') private readonly users: RookeryClient,
    @InjectClient('payments') private readonly payments: RookeryClient,
  ) {}

  /** 201 when it is paid, 202 while that is not known: then payments' fallback has answered. */
  @Post()
  async create(
    @Body() { userId, amount }: NewOrderBody,
    @OrderId() id: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Order> {
    const { email } = await this.users.request<User>('users.get', { id: userId });
    const charge: Charge = { orderId: id, userId, email, amount };
    const answer = await this.payments.answer<Payment | null>('payment.charge', charge, {
      idempotencyKey: id,
    });
    if (answer.source === 'service') return { id, userId, amount, payment: 'paid' };
    this.logger.warn(`the payment of order ${id} is pending: ${String(answer.error)}`);
    response.statusCode = HttpStatus.ACCEPTED;
    return { id, userId, amount, payment: 'pending' };
  }
}
