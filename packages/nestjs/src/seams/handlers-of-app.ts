import 'reflect-metadata';
import { Transport } from '@nestjs/microservices';
import {
  PATTERN_EXTRAS_METADATA,
  PATTERN_HANDLER_METADATA,
  PATTERN_METADATA,
  TRANSPORT_METADATA,
} from '@nestjs/microservices/constants.js';

/** A decorated method, as Nest's own metadata describe it. */
export interface DeclaredHandler {
  /** `UsersController.created` */
  readonly name: string;
  readonly patterns: readonly unknown[];
  /** The transport it is pinned to by its decorator, if it is. */
  readonly transport: Transport | symbol | undefined;
  /** Nest hands this very object to `addHandler` with each pattern of the method: it identifies the method. */
  readonly extras: object | undefined;
}

/** The handlers of one controller. */
export function declaredHandlers(instance: object): DeclaredHandler[] {
  const handlers: DeclaredHandler[] = [];
  const seen = new Set<string>();
  for (
    let prototype = prototypeOf(instance);
    prototype && prototype !== Object.prototype;
    prototype = prototypeOf(prototype)
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
      if (typeof method !== 'function' || seen.has(name)) continue;
      seen.add(name);
      if (Reflect.getMetadata(PATTERN_HANDLER_METADATA, method) === undefined) continue;
      handlers.push({
        name: `${instance.constructor.name}.${name}`,
        patterns: Reflect.getMetadata(PATTERN_METADATA, method) as unknown[],
        transport: Reflect.getMetadata(TRANSPORT_METADATA, method) as Transport | symbol | undefined,
        extras: Reflect.getMetadata(PATTERN_EXTRAS_METADATA, method) as object | undefined,
      });
    }
  }
  return handlers;
}

/** Whether Nest binds a handler to a server with this transport id. */
export function binds(handler: DeclaredHandler, transportId: Transport | symbol | undefined): boolean {
  return handler.transport === undefined || transportId === undefined || handler.transport === transportId;
}

/** What a pinned transport is called in code: `Transport.KAFKA`. */
export function transportName(transport: Transport | symbol | undefined): string {
  return typeof transport === 'number' ? `Transport.${Transport[transport]}` : String(transport);
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
