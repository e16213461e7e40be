import { Controller, Get, ParseArrayPipe, Query } from '@nestjs/common';
import { CalcService } from './calc.service.js';

@Controller('sum')
export class CalcController {
  constructor(private readonly calc: CalcService) {}

  /** `GET /sum?numbers=1,2,3` */
  @Get()
  async sum(
    @Query('numbers', new ParseArrayPipe({ items: Number })) numbers: number[],
  ): Promise<{ sum: number }> {
    return { sum: await this.calc.sum(numbers) };
  }
}
