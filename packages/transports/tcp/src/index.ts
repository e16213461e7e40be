export { fromUrl } from './from-url.js';
export type { ServiceAddresses, ServiceEntry, WireOptions } from './nest-wire/options.js';
export type { TcpOptions } from './options.js';
export { tcp } from './tcp.js';
