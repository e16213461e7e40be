import { Body, Controller, Put } from '@nestjs/common';
import { InjectClient, RookeryClient } from '@rookery/nestjs';
import type { MailerState } from '../../contracts/notifications.js';
import { MailerBody } from './mailer-body.js';

/** For demonstrations: the mail server behind notifications fails as it is told to. */
@Controller('mailer')
export class MailerController {
  constructor(@InjectClient('notifications') private readonly notifications: RookeryClient) {}

  @Put()
  become(@Body() state: MailerBody): Promise<MailerState> {
    return this.notifications.request('notifications.flaky', state);
  }
}
