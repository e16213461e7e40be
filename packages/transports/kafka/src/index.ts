export type { KafkaDescription } from './describe.js';
export { fromUrl } from './from-url.js';
export { kafka } from './kafka.js';
export type { KafkaOptions } from './options.js';
