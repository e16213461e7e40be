import type { TransportHost } from '@rookery/core';
import type { SizeLimit } from './message/size-limit.js';
import type { OwnRecordOptions } from './message/record-options.js';
import type { Names } from './names/names.js';
import type { Settings } from './options.js';
import type { Declarations } from './topology/declarations.js';

/** What all parts of one transport share. */
export interface Scope {
  readonly settings: Settings;
  readonly host: TransportHost;
  readonly names: Names;
  readonly declarations: Declarations;
  readonly records: OwnRecordOptions;
  readonly sizes: SizeLimit;
}
