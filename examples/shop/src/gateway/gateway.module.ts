import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RookeryModule, type ClientPolicies } from '@rookery/nestjs';
import { ActivityController } from './activity.controller.js';
import { HealthController } from './health/health.controller.js';
import { LastErrors } from './health/last-errors.js';
import { ReadinessController } from './health/readiness.controller.js';
import { Services } from './health/services.js';
import { IdleConnections } from './idle-connections.js';
import { BankController } from './orders/bank.controller.js';
import { OrdersController } from './orders/orders.controller.js';
import { RemoteErrorsFilter } from './remote-errors.filter.js';
import { MailerController } from './users/mailer.controller.js';
import { UsersController } from './users/users.controller.js';
import { addresses } from '../addresses.js';

const lastErrors = new LastErrors();

/** Whatever became of other calls: these say how it is, or make it so. */
const ALWAYS_SENT: ClientPolicies = { breaker: false, bulkhead: false, retry: false, throttle: false };

@Module({
  imports: [
    RookeryModule.forRoot({
      service: 'gateway',
      url: addresses.gateway,
      services: addresses,
      timeout: 2_000,
      policies: [lastErrors],
      patterns: { 'health.ready': ALWAYS_SENT },
    }),
    RookeryModule.forFeature([
      'users',
      'notifications',
      {
        to: 'payments',
        timeout: 500,
        breaker: { minimum: 5 },
        patterns: {
          'payment.charge': { idempotent: true, fallback: { value: null } },
          'payment.flaky': ALWAYS_SENT,
        },
      },
    ]),
  ],
  controllers: [
    UsersController,
    OrdersController,
    BankController,
    MailerController,
    ActivityController,
    ReadinessController,
    HealthController,
  ],
  providers: [
    IdleConnections,
    Services,
    { provide: LastErrors, useValue: lastErrors },
    { provide: APP_FILTER, useClass: RemoteErrorsFilter },
  ],
})
export class GatewayModule {}
