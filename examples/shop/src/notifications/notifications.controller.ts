import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { RookeryBus } from '@rookery/nestjs';
import type { MailerState, Notification } from '../contracts/notifications.js';
import type { Payment } from '../contracts/payments.js';
import type { User } from '../contracts/users.js';
import { Mailer } from './mailer.js';
import { NotificationsService } from './notifications.service.js';

@Controller()
export class NotificationsController {
  constructor(
    private readonly notifications: NotificationsService,
    private readonly mailer: Mailer,
    private readonly bus: RookeryBus,
  ) {}

  @EventPattern('user.created')
  welcome(@Payload() { id, name, email }: User): Promise<void> {
    return this.send('welcome', { userId: id, to: email, text: `Welcome, ${name}!` });
  }

  @EventPattern('payment.charged')
  receipt(@Payload() { orderId, userId, email, amount }: Payment): Promise<void> {
    const text = `You have paid ${(amount / 100).toFixed(2)}. Thank you!`;
    return this.send(`receipt of ${orderId}`, { userId, to: email, text });
  }

  @MessagePattern('notifications.list')
  list(@Payload('userId') userId: string): Notification[] {
    return this.notifications.list(userId);
  }

  /** For demonstrations. */
  @MessagePattern('notifications.flaky')
  flaky(@Payload() state: MailerState): MailerState {
    return this.mailer.become(state);
  }

  private async send(about: string, notification: Notification): Promise<void> {
    await this.bus.publish('notification.sent', this.notifications.send(about, notification));
  }
}
