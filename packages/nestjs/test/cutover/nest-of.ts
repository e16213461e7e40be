import { createRequire } from 'node:module';
import type * as Common from '@nestjs/common';
import type * as Core from '@nestjs/core';
import type * as Microservices from '@nestjs/microservices';

/** Nest of a major, as Node finds it from a package that depends on it. */
export function nestOf(major: string): {
  readonly common: typeof Common;
  readonly core: typeof Core;
  readonly microservices: typeof Microservices;
} {
  const home = major === '11' ? '../../../../tools/nest11/package.json' : '../../../../package.json';
  const require = createRequire(new URL(home, import.meta.url));
  return {
    common: require('@nestjs/common') as typeof Common,
    core: require('@nestjs/core') as typeof Core,
    microservices: require('@nestjs/microservices') as typeof Microservices,
  };
}
