import { Catch, Logger, type ArgumentsHost } from '@nestjs/common';
import { BaseRpcExceptionFilter } from '@nestjs/microservices';
import { isRookeryError } from '@rookery/core';
import { throwError, type Observable } from 'rxjs';

/** Says in one line what Nest would log with its stack: that the bank fails is no fault of this program. */
@Catch()
export class KnownErrorsFilter extends BaseRpcExceptionFilter {
  private readonly logger = new Logger(KnownErrorsFilter.name);

  override catch(error: unknown, host: ArgumentsHost): Observable<unknown> {
    if (!isRookeryError(error)) return super.catch(error, host);
    this.logger.warn(`${error.name}: ${error.message}`);
    return throwError(() => error);
  }
}
