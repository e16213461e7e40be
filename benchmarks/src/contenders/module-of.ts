import type { DynamicModule, Type } from '@nestjs/common';

class BenchModule {}

/** The application of a Nest contender. */
export function moduleOf(...controllers: Type[]): DynamicModule {
  return { module: BenchModule, controllers };
}

/** Nothing is logged but what is wrong. */
export const logger = ['warn', 'error', 'fatal'] as const;
