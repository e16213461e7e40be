import { joinConsoleLogger } from './console-logger.js';
import { joinPino } from './pino.js';

/** Lines in the application's log say to which message or HTTP request they belong, without a line of code. */
export function joinLogs(): void {
  joinConsoleLogger();
  joinPino();
}
