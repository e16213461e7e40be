import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { RmqContext } from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import { type Observable, tap } from 'rxjs';

/**
 * What Nest's documentation tells handlers to do with `noAck: false`: acknowledge what was handled. A message with two
 * handlers is acknowledged by the first that succeeds, because RabbitMQ closes the channel at the second time.
 */
export class AckInterceptor implements NestInterceptor {
  readonly #done = new WeakSet<object>();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rmq = context.switchToRpc().getContext<RmqContext>();
    const message = rmq.getMessage() as Message;
    const acknowledge = (): void => {
      if (this.#done.has(message)) return;
      this.#done.add(message);
      (rmq.getChannelRef() as Channel).ack(message);
    };
    return next.handle().pipe(tap({ complete: acknowledge }));
  }
}
