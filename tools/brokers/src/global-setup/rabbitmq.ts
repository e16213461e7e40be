import { shareBroker } from '../shared-broker.js';

/** Of a vitest project that needs RabbitMQ. */
export const setup = () => shareBroker('rabbitmq');
