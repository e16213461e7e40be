export { RookeryClient } from './client/rookery-client.js';
export type { ClientSettings, RookeryClientOptions } from './client/options.js';
export { RookeryRecord, RookeryRecordBuilder, type MessageOptions } from './client/record.js';
export {
  callContext,
  currentContext,
  logFields,
  runWith,
  Unavailable,
  Unrecoverable,
  type AmbientContext,
  type Answer,
  type ApplicationPolicy,
  type Baggage,
  type ClientPolicies,
  type ConnectionOptions,
  type ContextFields,
  type ControlOptions,
  type DeadLetters,
  type EndpointEvent,
  type EndpointListener,
  type EventRetryOptions,
  type KillSwitchOptions,
  type DeadLetterStore,
  type Identity,
  type LogFields,
  type MessageContext,
  type PolicyDescription,
  type PolicyEvent,
  type PolicyListener,
  type ServiceUrl,
} from '@rookery/core';
export type { RookeryEvents, RookeryStatus } from './connection/status.js';
export type { HttpOptions } from './http/options.js';
export { RookeryBus } from './module/bus.js';
export { RookeryDeadLetters } from './module/dead-letters.js';
export type { ClientFeature, RookeryModuleAsyncOptions, RookeryModuleOptions } from './module/options.js';
export { RookeryModule } from './module/rookery.module.js';
export { getBusToken, getClientToken, InjectBus, InjectClient } from './module/tokens.js';
export type { EventHandlerOptions } from './server/event-options.js';
export { RookeryContext } from './server/rookery-context.js';
export type { RookeryOptions } from './server/options.js';
export { rookery } from './server/rookery.js';
export { RookeryStrategy, type ServiceDescription } from './server/strategy.js';
