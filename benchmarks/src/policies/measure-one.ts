import { clientCost } from './client-cost.js';
import { serverCost } from './server-cost.js';

/* One measurement in a process of its own, so that no other list has shaped the compiled code: prints nanoseconds. */

const [, , side, steps = '0', calls = '0'] = process.argv;
const cost = side === 'client' ? clientCost : serverCost;
process.stdout.write(String(await cost(Number(steps), Number(calls))));
process.exit(0);
