import { Injectable, Logger } from '@nestjs/common';
import type { Notification } from '../contracts/notifications.js';

/** The notifications sent, in this process's memory. "Sent" means logged: there is no mail server here. */
@Injectable()
export class NotificationsService {
  private readonly logger = new Logger(NotificationsService.name);
  /** By user, and by what each is about. */
  private readonly sent = new Map<string, Map<string, Notification>>();

  /** Sends it once, however often the event that it is `about` comes: delivery is at least once. */
  send(about: string, notification: Notification): Notification {
    const { userId, to, text } = notification;
    const ofUser = this.sent.get(userId) ?? new Map<string, Notification>();
    const known = ofUser.get(about);
    if (known) return known;
    this.sent.set(userId, ofUser.set(about, notification));
    this.logger.log(`to ${to}: ${text}`);
    return notification;
  }

  list(userId: string): Notification[] {
    return [...(this.sent.get(userId)?.values() ?? [])];
  }
}
