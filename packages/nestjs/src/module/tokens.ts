import { Inject, type InjectionToken } from '@nestjs/common';
import { RookeryBus } from './bus.js';

const DEFAULT = 'default';

/** Injects the client of a service that `RookeryModule.forFeature` has named. */
export function InjectClient(service: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getClientToken(service, connection));
}

/** Injects the bus of a connection; the default one is also injected by its class, `RookeryBus`. */
export function InjectBus(connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getBusToken(connection));
}

/** The token of a service's client, for `overrideProvider` and `moduleRef.get`. */
export function getClientToken(service: string, connection: string = DEFAULT): string {
  return `rookery:client:${connection}:${service}`;
}

/** The token of a connection's bus. */
export function getBusToken(connection: string = DEFAULT): InjectionToken {
  return connection === DEFAULT ? RookeryBus : `rookery:bus:${connection}`;
}

/** The token of what a connection's clients and its bus share. */
export function moduleConnectionToken(connection: string = DEFAULT): string {
  return `rookery:connection:${connection}`;
}
