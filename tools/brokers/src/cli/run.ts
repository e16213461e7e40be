// `npm run brokers -- up rabbitmq kafka`: real brokers as ordinary processes, for people.
import { act } from './actions.js';
import { readOptions, usage } from './options.js';

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function options() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${wordsOf(error)}\n\n${usage}`);
    return process.exit(2);
  }
}

const read = options();
const results = await Promise.allSettled(read.kinds.map((kind) => act[read.action](kind, read)));
for (const result of results) {
  if (result.status === 'fulfilled') continue;
  console.error(wordsOf(result.reason));
  process.exitCode = 1;
}
