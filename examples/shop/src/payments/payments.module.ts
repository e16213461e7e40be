import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RookeryModule } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { HealthController } from '../health/health.controller.js';
import { Bank } from './bank.js';
import { KnownErrorsFilter } from './known-errors.filter.js';
import { PaymentsController } from './payments.controller.js';

@Module({
  imports: [RookeryModule.forRoot({ service: 'payments', url: addresses.payments, services: addresses })],
  controllers: [PaymentsController, HealthController],
  providers: [Bank, { provide: APP_FILTER, useClass: KnownErrorsFilter }],
})
export class PaymentsModule {}
