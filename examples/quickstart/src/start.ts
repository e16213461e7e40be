/**
 * Starts the two programs of the tutorial: as two processes, over the broker that ROOKERY_URL names or else over TCP, or both
 * in this one when it says `memory:`.
 *
 * PORT is the port of HTTP, 3000 unless it is set; the microservices then take the two ports after it.
 */
import { fork } from 'node:child_process';

const mathMain = import.meta.resolve('./math-on-rookery/main.js');
const appMain = import.meta.resolve('./app-on-rookery/main.js');

const url = process.env['ROOKERY_URL'] ?? 'tcp:';

if (url.startsWith('memory:')) {
  await import(mathMain);
  await import(appMain);
} else if (!url.startsWith('tcp')) {
  startTogether([
    [mathMain, {}],
    [appMain, {}],
  ]);
} else {
  const port = Number(process.env['PORT'] ?? 3000);
  const users = `tcp://127.0.0.1:${port + 1}`;
  const math = `tcp://127.0.0.1:${port + 2}`;
  startTogether([
    [mathMain, { ROOKERY_URL: math }],
    [appMain, { ROOKERY_URL: users, ROOKERY_SERVICES: `math=${math},users=${users}` }],
  ]);
}

function startTogether(programs: [file: string, environment: NodeJS.ProcessEnv][]): void {
  // A child ends when this process is gone, however it went.
  const leash = 'data:text/javascript,process.on("disconnect", () => process.kill(process.pid, "SIGTERM"))';
  const children = programs.map(([file, environment]) =>
    fork(new URL(file), { env: { ...process.env, ...environment }, execArgv: ['--import', leash] }),
  );
  const stop = () => children.forEach((child) => child.kill('SIGTERM'));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  for (const child of children) {
    child.on('exit', (code) => {
      process.exitCode ||= code ?? 0;
      stop(); // one without the other is of no use
    });
  }
}
