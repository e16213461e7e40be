// A process of its own, which the scenarios of faults start, kill and start again.
import { kafka } from '@rookery/kafka';
import { runService } from '@rookery/testing';
import { FAULT_OPTIONS } from './fault-options.ts';

await runService(({ url }) => kafka({ brokers: url, ...FAULT_OPTIONS }));
