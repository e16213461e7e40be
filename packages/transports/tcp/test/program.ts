// A process of its own: `serve <port> <take|hold|quiet>` serves `math` until it is killed, `visit` does all there is to do,
// closes, and ends by itself. What happens is said on standard output, one line each.
import { createEnvelope, silentLogger, systemClock, systemRandom } from '@rookery/core';
import { tcp } from '@rookery/tcp';

const [task, port = '0', mode] = process.argv.slice(2);
const HOST = '127.0.0.1';

const say = (text: string) => void process.stdout.write(`${text}\n`);

function host(service: string) {
  const replica = `${service}-${process.pid}`;
  return { service, replica, clock: systemClock, random: systemRandom, logger: silentLogger };
}

async function serve() {
  const transport = tcp({ listen: { host: HOST, port: Number(port) } }).create(host('math'));
  transport.serve('math', (request, _credit, responder) => {
    if (mode !== 'quiet') say(`request ${String(request.body)}`);
    if (mode !== 'hold') responder.reply(request.body, true);
    return { credit() {}, cancel() {} };
  });
  const subscription = { endpoint: 'note', patterns: ['happened'], broadcast: false, concurrency: 64 };
  transport.subscribe({ service: 'math', ...subscription }, (delivery) => {
    say(`event ${String(delivery.message.body)} ${delivery.attempt}`);
    if (mode !== 'hold') delivery.settle({ outcome: 'accept' });
  });
  await transport.open();
  return transport;
}

async function visit() {
  const server = await serve();
  const client = tcp({ services: { math: server.describe().addresses } }).create(host('caller'));
  const message = (body: string) => ({ envelope: createEnvelope({ id: body, pattern: 'happened' }), body });
  await new Promise<void>((resolve, reject) => {
    const sink = { reply: () => resolve(), fail: reject, lost: reject };
    client.request({ service: 'math' }, message('asked'), 1, sink);
  });
  await client.publish([{ message: message('told') }]);
  await client.close();
  await server.close();
  // What was closed in a turn of the event loop, libuv forgets at the end of it, after what was deferred.
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => systemClock.defer(resolve));
  const left = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
  say(`left: ${left.join(', ') || 'nothing'}`);
}

if (task === 'serve') {
  await serve();
  say('listening');
} else {
  await visit();
}
