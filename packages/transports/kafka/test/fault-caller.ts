// A process of its own, which the scenarios of faults start and kill.
import { kafka } from '@rookery/kafka';
import { runFlowCaller } from '@rookery/testing';
import { FAULT_OPTIONS } from './fault-options.ts';

await runFlowCaller((url) => kafka({ brokers: url, ...FAULT_OPTIONS }));
