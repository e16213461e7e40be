export { fromUrl } from './from-url.js';
export type { RabbitmqDescription } from './describe.js';
export type { NestExchangeOptions, NestServerOptions, NestServiceOptions } from './nest-wire/options.js';
export type { RabbitmqOptions } from './options.js';
export { rabbitmq } from './rabbitmq.js';
