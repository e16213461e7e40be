import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { LINES } from './bank.js';
import { PaymentsModule } from './payments.module.js';

export function createPayments() {
  return NestFactory.createMicroservice<MicroserviceOptions>(
    PaymentsModule,
    rookery({
      service: 'payments',
      url: addresses.payments,
      // No more than the bank takes at once; whoever would wait for too long is told so before anything is charged.
      requests: { concurrency: LINES },
    }),
  );
}
