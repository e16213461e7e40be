import { MadeCall } from '../../telemetry/made-call.js';
import type { StepMaker } from '../maker.js';

/** Records a span and the duration of each call, where somebody collects them. */
export const telemetry: StepMaker = {
  name: 'telemetry',
  keys: [],
  make({ telemetry: collected, clock }) {
    return {
      name: 'telemetry',
      begin(call) {
        const { instruments } = collected;
        if (instruments) call.observed = new MadeCall(instruments, call, clock);
      },
      ended(call) {
        call.observed?.end(call);
      },
      describe: () => collected.describe(),
    };
  },
};
