/** `npm run shop:load`: asks one service of a shop of its own for ten times what it can do, and looks at the others. */
import { parseArgs } from 'node:util';
import { startShop } from './own-shop.js';
import { areWell, printTable, printVerdict } from './report.js';
import { runLoad } from './run-load.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, times: { type: 'string', default: '10' } },
});
const seconds = within(1, 30, 'seconds', values.seconds);
const times = within(1, 20, 'times', values.times);
const say = (text: string): void => console.log(text);

say('starting a shop of its own; what its log says of payments:');
const shop = await startShop((line) => {
  if (/calls to 'payments'|'payments' answers|shop +\| payments/.test(line)) say(`  ${line}`);
});
try {
  const result = await runLoad({ origin: shop.origin, seconds, times, say });
  printTable(result, say);
  printVerdict(result, say);
  process.exitCode = areWell(result) ? 0 : 1;
} finally {
  await shop.stop();
}

/** It is bounded, whatever is asked for. */
function within(least: number, most: number, name: string, text: string): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  console.error(`--${name} is ${text}; it has to be a number from ${least} to ${most}`);
  process.exit(1);
}
