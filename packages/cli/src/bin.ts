import { ExitCode } from './exit-code.js';
import { processTerminal } from './process-terminal.js';
import { run } from './run.js';

const code = await run(process.argv.slice(2), processTerminal());
if (code === ExitCode.interrupted) process.exit(code); // whatever is still being tried
process.exitCode = code;
