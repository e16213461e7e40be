import { Module } from '@nestjs/common';
import { RookeryModule } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { HealthController } from '../health/health.controller.js';
import { Mailer } from './mailer.js';
import { NotificationsController } from './notifications.controller.js';
import { NotificationsService } from './notifications.service.js';

@Module({
  imports: [
    RookeryModule.forRoot({ service: 'notifications', url: addresses.notifications, services: addresses }),
  ],
  controllers: [NotificationsController, HealthController],
  providers: [NotificationsService, Mailer],
})
export class NotificationsModule {}
