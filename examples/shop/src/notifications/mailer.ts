import { Injectable, Logger } from '@nestjs/common';
import type { MailerState, Notification } from '../contracts/notifications.js';

/** Stands for a mail server: "sent" means logged. It fails for a share of the mails once it is told to. */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);
  private failing = 0;

  become({ failing }: MailerState): MailerState {
    this.failing = failing;
    this.logger.warn(`from now on ${failing * 100} % of the mails fail`);
    return { failing };
  }

  /** @throws Error when the mail server does not take it; nothing was sent then */
  send({ to, text }: Notification): void {
    if (Math.random() < this.failing) throw new Error(`the mail server does not take mail for ${to}`);
    this.logger.log(`to ${to}: ${text}`);
  }
}
