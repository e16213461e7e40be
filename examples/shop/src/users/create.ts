import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { UsersModule } from './users.module.js';

export function createUsers() {
  return NestFactory.createMicroservice<MicroserviceOptions>(
    UsersModule,
    rookery({ service: 'users', url: addresses.users }),
  );
}
