export { type Broker, BrokerAbsent, type BrokerKind } from './broker.js';
export type { BrokerTls, BrokerUser, Listeners, Security } from './security.js';
export { faulty, type Faulty } from './faulty.js';
export { sharedBroker, type SharedBroker } from './shared-broker.js';
export { startBroker, type StartOptions } from './start-broker.js';
export { Outsider, type OutsideEvent } from './outsider.js';
export { ClientsAbsent } from './python-clients.js';
