import { shareBroker } from '../shared-broker.js';

/** Of a vitest project that needs Redis. */
export const setup = () => shareBroker('redis');
