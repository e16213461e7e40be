import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RookeryModule } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { ActivityController } from './activity.controller.js';
import { IdleConnections } from './idle-connections.js';
import { ReadinessController } from './readiness.controller.js';
import { RemoteErrorsFilter } from './remote-errors.filter.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [
    RookeryModule.forRoot({
      service: 'gateway',
      url: addresses.gateway,
      services: addresses,
      timeout: 2_000,
    }),
    RookeryModule.forFeature(['users', 'notifications']),
  ],
  controllers: [UsersController, ActivityController, ReadinessController],
  providers: [IdleConnections, { provide: APP_FILTER, useClass: RemoteErrorsFilter }],
})
export class GatewayModule {}
