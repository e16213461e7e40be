import { Controller, NotFoundException } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { concatMap, from, of, throwError, timer } from 'rxjs';

/** What the event handlers got, and how often; by the message's `run`, so that tests are independent. */
const heard: { run: string; pattern: string; value: unknown }[] = [];

export const heardIn = (run: string): unknown[] =>
  heard.filter((one) => one.run === run).map(({ value }) => value);

/** Releases the handlers that wait. */
export const gates = new Map<string, () => void>();

/** Handlers as any Nest service has them: the same class runs on stock Nest and on Rookery. */
@Controller()
export class StockHandlers {
  @MessagePattern('echo')
  echo(@Payload() data: unknown) {
    return data;
  }

  @MessagePattern({ cmd: 'sum', by: 'object' })
  sum(@Payload() numbers: number[]) {
    return numbers.reduce((total, each) => total + each, 0);
  }

  @MessagePattern('void')
  void() {}

  @MessagePattern('nil')
  null() {
    return null;
  }

  @MessagePattern('stream')
  stream(@Payload() count: number) {
    return from(Array.from({ length: count }, (_, index) => index));
  }

  @MessagePattern('paced')
  paced(@Payload() count: number) {
    return from(Array.from({ length: count }, (_, index) => index)).pipe(
      concatMap((index) => timer(1).pipe(concatMap(() => of(index)))),
    );
  }

  @MessagePattern('stream.fails')
  streamFails() {
    return from([1, 2]).pipe(
      concatMap((each) => (each === 2 ? throwError(() => new RpcException('after one')) : of(each))),
    );
  }

  @MessagePattern('fails')
  fails() {
    throw new Error('a secret of this service');
  }

  @MessagePattern('fails.text')
  failsText() {
    throw new RpcException('not today');
  }

  @MessagePattern('fails.object')
  failsObject() {
    throw new RpcException({ status: 404, reason: 'unknown user', details: { id: 7 } });
  }

  @MessagePattern('fails.http')
  failsHttp() {
    throw new NotFoundException('no such user');
  }

  @MessagePattern('waits')
  async waits(@Payload() run: string) {
    await new Promise<void>((resolve) => gates.set(run, resolve));
    return 'done';
  }

  @EventPattern('happened')
  happened(@Payload() { run, value }: { run: string; value: unknown }) {
    heard.push({ run, pattern: 'happened', value });
  }

  @EventPattern({ event: 'object', a: 1 })
  objectHappened(@Payload() { run, value }: { run: string; value: unknown }) {
    heard.push({ run, pattern: 'object', value });
  }
}

/** Texts that take one, two, three and four bytes a character, two UTF-16 units among them. */
export const TEXTS: [name: string, text: string][] = [
  ['ASCII', 'plain'],
  ['two bytes', 'äöüß £'],
  ['three bytes', '鴉の巣'],
  ['emoji', '🐦‍⬛🪺 and 😀'],
  ['the wire', '#12#{"}'],
  ['escapes', '"quoted" \\ \n \u2028'],
  ['two packets worth of emoji', `${'😀'.repeat(40_000)}é`],
];
