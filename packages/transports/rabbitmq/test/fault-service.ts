// A process of its own, which the scenarios of faults start, kill and start again.
import { rabbitmq } from '@rookery/rabbitmq';
import { runService } from '@rookery/testing';
import { FAULT_OPTIONS } from './fault-options.ts';

await runService(({ url }) => rabbitmq({ url, ...FAULT_OPTIONS }));
