import { Catch, HttpException, HttpStatus, Logger, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { isRookeryError, type RookeryError } from '@rookery/core';

/** What a service threw, or what Rookery says of a call that got no answer, as an HTTP response. */
@Catch()
export class RemoteErrorsFilter extends BaseExceptionFilter {
  private readonly logger = new Logger(RemoteErrorsFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    if (isRookeryError(error)) {
      this.logger.warn(`${error.name}: ${error.message}`);
      super.catch(unanswered(error), host);
    } else super.catch(isRefusal(error) ? new HttpException(error.message, error.status) : error, host);
  }
}

/** What `new RpcException({ status, message })` arrives as, and an HTTP exception that a service threw. */
interface Refusal {
  readonly status: number;
  readonly message: string;
}

function isRefusal(error: unknown): error is Refusal {
  if (typeof error !== 'object' || error === null || error instanceof HttpException) return false;
  const { status, message } = error as Partial<Refusal>;
  return typeof status === 'number' && typeof message === 'string';
}

/** In words for outsiders: the error's own name services and addresses, and those are for the log. */
function unanswered({ code, recourse }: RookeryError): HttpException {
  if (code === 'IDEMPOTENCY_CONFLICT')
    return new HttpException(
      'This Idempotency-Key has come with another body before.',
      HttpStatus.UNPROCESSABLE_ENTITY,
    );
  switch (recourse) {
    case 'retryable':
      return new HttpException(
        'The service behind this is not there right now. Nothing was done; please try again.',
        HttpStatus.SERVICE_UNAVAILABLE,
      );
    case 'unknown':
      return new HttpException(
        'The service behind this did not answer in time. It may have done its work all the same.',
        HttpStatus.GATEWAY_TIMEOUT,
      );
    case 'terminal':
      return new HttpException('The gateway cannot do this.', HttpStatus.INTERNAL_SERVER_ERROR);
  }
}
