import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { RookeryBus } from '@rookery/nestjs';
import type { Notification } from '../contracts/notifications.js';
import type { User } from '../contracts/users.js';
import { NotificationsService } from './notifications.service.js';

@Controller()
export class NotificationsController {
  constructor(
    private readonly notifications: NotificationsService,
    private readonly bus: RookeryBus,
  ) {}

  @EventPattern('user.created')
  async welcome(@Payload() user: User): Promise<void> {
    const notification = this.notifications.welcome(user);
    await this.bus.publish('notification.sent', notification);
  }

  @MessagePattern('notifications.list')
  list(@Payload('userId') userId: string): Notification[] {
    return this.notifications.list(userId);
  }
}
