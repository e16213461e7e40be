import type { Logger } from '@rookery/core';
import { Logger as NestLogger } from '@nestjs/common';

/** Rookery's words in Nest's log, under the context `Rookery`. */
export function nestLogger(): Logger {
  const logger = new NestLogger('Rookery');
  return {
    debug: (text) => logger.debug(text),
    info: (text) => logger.log(text),
    warn: (text) => logger.warn(text),
    error: (text) => logger.error(text),
  };
}
