// Stock clients as a process of their own: events and requests, until SIGTERM. Each event that the broker has confirmed and each
// answer is a line; at the end come the requests without one.
import { nestOf } from './nest-of.ts';

const [major = '12', url = '', queue = ''] = process.argv.slice(2);
const { ClientProxyFactory, Transport } = nestOf(major).microservices;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const client = ClientProxyFactory.create({
  transport: Transport.RMQ,
  options: { urls: [url], queue, queueOptions: { durable: true }, persistent: true },
});
await client.connect();

let goesOn = true;
process.once('SIGTERM', () => (goesOn = false));
say('ready');

const open = new Set<number>();
const emitted: Promise<void>[] = [];
for (let n = 0; goesOn; n++) {
  emitted.push(
    new Promise<void>((resolve, reject) => {
      client.emit('moved', n).subscribe({ complete: () => resolve(), error: reject });
    }).then(() => say(`emitted ${n}`)),
  );
  if (n % 4 === 0) {
    open.add(n);
    client.send<number, number>('asked', n).subscribe({
      next: (answer) => {
        if (answer === n && open.delete(n)) say(`answered ${n}`);
      },
      error: () => undefined,
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 4));
}
await Promise.all(emitted);
const end = Date.now() + 5_000;
while (open.size > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
for (const n of open) say(`unanswered ${n}`);
say('done');
await client.close();
