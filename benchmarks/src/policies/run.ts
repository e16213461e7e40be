import { parseArgs } from 'node:util';
import { RESULTS, save } from '../report/save.js';
import { benchPolicies, policiesAsText } from './bench-policies.js';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    rounds: { type: 'string', default: '7' },
    calls: { type: 'string', default: '400000' },
    save: { type: 'boolean', default: false },
    to: { type: 'string', default: RESULTS },
  },
});
const report = await benchPolicies(whole('--rounds', values.rounds), whole('--calls', values.calls), (line) =>
  process.stderr.write(`${line}\n`),
);
process.stdout.write(`\n${policiesAsText(report)}\n`);
if (values.save) process.stdout.write(`\nsaved to ${save(values.to, report.suite, report.date, report)}\n`);

function whole(what: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  process.stderr.write(`${what} is a whole number, at least 1, not "${text}"\n`);
  process.exit(2);
}
