import type { Calls } from '../calls.js';
import { contenderNamed } from '../contenders/all.js';
import { closedLoop } from '../load/closed-loop.js';
import { callOf } from '../load/payload.js';
import { answerParent } from './answer.js';
import type { ClientCommands } from './commands.js';

let calls: Calls | undefined;

answerParent<ClientCommands>({
  async connect({ contender, port, place }) {
    const connect = await contenderNamed(contender).client();
    calls = await connect(port, place);
    return null;
  },
  async load({ payload, ...loop }) {
    if (calls === undefined) throw new Error('load before connect');
    const { latencies, ...rest } = await closedLoop(callOf(payload, calls), loop);
    return { ...rest, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) };
  },
});
