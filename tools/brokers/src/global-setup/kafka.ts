import { shareBroker } from '../shared-broker.js';

/** Of a vitest project that needs Kafka. */
export const setup = () => shareBroker('kafka');
