import { IsNumber, Max, Min } from 'class-validator';
import type { MailerState } from '../../contracts/notifications.js';

/** The body of `PUT /mailer`; `{}` puts it right again. */
export class MailerBody implements MailerState {
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly failing: number = 0;
}
