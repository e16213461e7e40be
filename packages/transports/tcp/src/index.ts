export { fromUrl } from './from-url.js';
export type { TcpOptions } from './options.js';
export { tcp } from './tcp.js';
