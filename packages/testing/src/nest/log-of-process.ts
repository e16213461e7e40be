import { ConsoleLogger, type LoggerService } from '@nestjs/common';
import { currentRuntime, type Logger } from '@rookery/core';

/** Nest has one logger for all applications of a process; this one knows in which process of a harness it is called. */
export const logOfProcess: LoggerService = {
  log: (message, ...rest) => say('info', 'log', message, rest),
  error: (message, ...rest) => say('error', 'error', message, rest),
  warn: (message, ...rest) => say('warn', 'warn', message, rest),
  debug: (message, ...rest) => say('debug', 'debug', message, rest),
};

/** For what is said outside of a harness, by the tests of the same file that use none. */
const outside = new ConsoleLogger();

function say(
  level: keyof Logger,
  method: 'log' | 'error' | 'warn' | 'debug',
  message: unknown,
  rest: unknown[],
): void {
  const { logger } = currentRuntime();
  if (!logger) outside[method](message, ...rest);
  else logger[level]([message, ...rest].map(String).join(' | '));
}
