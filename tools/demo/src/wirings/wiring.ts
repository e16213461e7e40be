import type { NestInterceptor } from '@nestjs/common';
import type { ClientProvider, ClientProxy, MicroserviceOptions } from '@nestjs/microservices';
import type { CallerOrders, FlowEvent, ServiceOrders } from '@rookery/testing';

/** How the two programs are put on a broker; nothing else differs between stock Nest and Rookery. */
export interface Wiring {
  readonly service: (orders: ServiceOrders) => MicroserviceOptions;
  readonly client: (orders: CallerOrders) => ClientProvider;
  /** The event as the client takes it, with its key where there is such a thing. */
  readonly keyed: (event: FlowEvent) => unknown;
  /** What acknowledges messages, where handlers have to. */
  readonly interceptors?: readonly NestInterceptor[];
  /** What the client asks of its callers before the first call. */
  readonly begin?: (client: ClientProxy, orders: CallerOrders) => Promise<unknown>;
}
