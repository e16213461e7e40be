import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BadRequestException, createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** The id of an order: the `Idempotency-Key` that it came with; one without gets a new id. */
export const OrderId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
  const key = headers['idempotency-key'];
  if (key === undefined) return randomUUID();
  if (typeof key === 'string' && /^[\x21-\x7e]{1,100}$/.test(key)) return key;
  throw new BadRequestException('the Idempotency-Key has to be 1 to 100 visible characters of ASCII');
});
