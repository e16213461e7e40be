import { Module } from '@nestjs/common';
import { RookeryModule } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { HealthController } from '../health/health.controller.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [RookeryModule.forRoot({ service: 'users', url: addresses.users, services: addresses })],
  controllers: [UsersController, HealthController],
  providers: [UsersService],
})
export class UsersModule {}
