import { Injectable } from '@nestjs/common';
import type { Notification } from '../contracts/notifications.js';
import { Mailer } from './mailer.js';

/** The notifications sent, in this process's memory. */
@Injectable()
export class NotificationsService {
  /** By user, and by what each is about. */
  private readonly sent = new Map<string, Map<string, Notification>>();

  constructor(private readonly mailer: Mailer) {}

  /**
   * Sends it once, however often the event that it is `about` comes: delivery is at least once.
   *
   * @throws Error when the mail server does not take it: the event then comes again, and in the end is a dead letter
   */
  send(about: string, notification: Notification): Notification {
    const { userId } = notification;
    const ofUser = this.sent.get(userId) ?? new Map<string, Notification>();
    const known = ofUser.get(about);
    if (known) return known;
    this.mailer.send(notification);
    this.sent.set(userId, ofUser.set(about, notification));
    return notification;
  }

  list(userId: string): Notification[] {
    return [...(this.sent.get(userId)?.values() ?? [])];
  }
}
