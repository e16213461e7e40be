import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { NotificationsModule } from './notifications.module.js';

export function createNotifications() {
  return NestFactory.createMicroservice<MicroserviceOptions>(
    NotificationsModule,
    rookery({ service: 'notifications', url: addresses.notifications }),
  );
}
