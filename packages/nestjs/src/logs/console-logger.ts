import { ConsoleLogger } from '@nestjs/common';
import { logFields } from '@rookery/core';

const INSTALLED = Symbol.for('rookery.nest.logs.console');

interface Wrapped {
  [INSTALLED]?: true;
}

/** The methods of Nest's ConsoleLogger that make a line; both are protected, so that others may extend it. */
interface LineMaker extends Wrapped {
  formatMessage: (
    this: unknown,
    logLevel: string,
    message: unknown,
    pidMessage: string,
    formattedLogLevel: string,
    contextMessage: string,
    ...rest: unknown[]
  ) => string;
  getJsonLogObject: (this: unknown, message: unknown, options: unknown) => Record<string, unknown>;
}

/**
 * Has Nest's ConsoleLogger, and what extends it, show the work during which a line was written: as text `[correlation
 * id]` after the context, as JSON the fields of `logFields()`. Lines outside of any are as ever. Once in a process. See
 * docs/adr/2026-11-21-logs-without-a-line.md.
 */
export function joinConsoleLogger(): void {
  const prototype = ConsoleLogger.prototype as unknown as LineMaker;
  if (prototype[INSTALLED]) return;
  prototype[INSTALLED] = true;
  const { formatMessage, getJsonLogObject } = prototype;
  prototype.formatMessage = function (logLevel, message, pid, level, contextMessage, ...rest) {
    const fields = logFields();
    const where = fields ? `${contextMessage}[${fields.correlationId}] ` : contextMessage;
    return formatMessage.call(this, logLevel, message, pid, level, where, ...rest);
  };
  prototype.getJsonLogObject = function (message, options) {
    const line = getJsonLogObject.call(this, message, options);
    const fields = logFields();
    return fields ? { ...line, ...fields, ...line } : line;
  };
}
