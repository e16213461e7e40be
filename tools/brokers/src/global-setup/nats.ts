import { shareBroker } from '../shared-broker.js';

/** Of a vitest project that needs NATS. */
export const setup = () => shareBroker('nats');
