import { IsNumber, Max, Min } from 'class-validator';
import type { Flakiness } from '../../contracts/payments.js';

/** The body of `PUT /bank`; `{}` puts all right again. */
export class FlakinessBody implements Flakiness {
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly failing: number = 0;

  @IsNumber()
  @Min(0)
  @Max(1)
  readonly hanging: number = 0;
}
