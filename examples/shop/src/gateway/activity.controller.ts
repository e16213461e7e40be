import { Controller, Get, Logger } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Notification } from '../contracts/notifications.js';
import type { User } from '../contracts/users.js';

const KEPT = 100;

/** What has happened lately, by the events that reach the gateway; the newest first. */
@Controller('activity')
export class ActivityController {
  private readonly logger = new Logger(ActivityController.name);
  private readonly lines: string[] = [];

  @Get()
  list(): string[] {
    return this.lines;
  }

  @EventPattern('user.created')
  userCreated(@Payload() user: User): void {
    this.note(`${user.name} has joined`);
  }

  @EventPattern('notification.sent')
  notificationSent(@Payload() notification: Notification): void {
    this.note(`${notification.to} was sent: ${notification.text}`);
  }

  private note(line: string): void {
    this.logger.log(line);
    this.lines.unshift(line);
    this.lines.length = Math.min(this.lines.length, KEPT);
  }
}
