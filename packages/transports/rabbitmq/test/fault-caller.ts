// A process of its own, which the scenarios of faults start and kill.
import { rabbitmq } from '@rookery/rabbitmq';
import { runFlowCaller } from '@rookery/testing';
import { FAULT_OPTIONS } from './fault-options.ts';

await runFlowCaller((url) => rabbitmq({ url, ...FAULT_OPTIONS }));
