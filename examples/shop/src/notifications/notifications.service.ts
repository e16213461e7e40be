import { Injectable, Logger } from '@nestjs/common';
import type { Notification } from '../contracts/notifications.js';
import type { User } from '../contracts/users.js';

/** The notifications sent, in this process's memory. "Sent" means logged: there is no mail server here. */
@Injectable()
export class NotificationsService {
  private readonly logger = new Logger(NotificationsService.name);
  private readonly welcomes = new Map<string, Notification>();

  /** Welcomes a user once, however often the event comes: delivery is at least once. */
  welcome({ id, name, email }: User): Notification {
    const known = this.welcomes.get(id);
    if (known) return known;
    const notification = { userId: id, to: email, text: `Welcome, ${name}!` };
    this.welcomes.set(id, notification);
    this.logger.log(`to ${email}: ${notification.text}`);
    return notification;
  }

  list(userId: string): Notification[] {
    const welcome = this.welcomes.get(userId);
    return welcome ? [welcome] : [];
  }
}
