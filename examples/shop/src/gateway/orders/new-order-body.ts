import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import type { NewOrder } from '../../contracts/orders.js';

/** The body of `POST /orders`. */
export class NewOrderBody implements NewOrder {
  @IsString()
  @Length(1, 100)
  readonly userId!: string;

  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly amount!: number;
}
