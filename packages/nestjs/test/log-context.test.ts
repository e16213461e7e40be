import { Writable } from 'node:stream';
import { ConsoleLogger, Controller, Get, Logger, Module, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, type MicroserviceOptions } from '@nestjs/microservices';
import { logFields, rookery, RookeryClient, RookeryModule, InjectClient, runWith } from '@rookery/nestjs';
import { Logger as PinoNestLogger, LoggerModule } from 'nestjs-pino';
import { pino, type Logger as Pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clientOf, eventually, freshUrl, moduleOf } from './application.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

@Controller()
class LoudController {
  readonly #logger = new Logger('Loud');

  @MessagePattern('speak')
  async speak() {
    this.#logger.log('before');
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#logger.warn('after');
    return logFields();
  }

  @EventPattern<string>('fails')
  fails() {
    throw new Error('no');
  }
}

async function loud(logger: LoggerService) {
  const own = rookery({
    service: 'tested',
    url: freshUrl('memory'),
    retries: { attempts: 1, firstDelay: 1, factor: 1, maxDelay: 1 },
  });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf([LoudController]), {
    ...own,
    logger,
  });
  onTestFinished(async () => {
    await app.close();
    Logger.overrideLogger(false);
  });
  await app.listen();
  return clientOf(own.strategy.addresses[0]!);
}

/** What is written to standard output and error meanwhile, in lines. */
function written(): () => string[] {
  const lines: string[] = [];
  const take = (text: string | Uint8Array) => {
    lines.push(...String(text).split('\n').filter(Boolean));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(take as never),
  );
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  return () => lines;
}

test('ConsoleLogger as text shows the correlation id, and nothing else is changed', async () => {
  const lines = written();
  const client = await loud(new ConsoleLogger({ colors: false }));
  await runWith({ correlationId: 'order-7' }, () => client.request('speak', 0));
  const [before, after] = lines().filter((line) => line.includes('[Loud]'));
  expect(before).toMatch(/^\[Nest\] \d+ {2}- .+ +LOG \[Loud\] \[order-7\] before$/);
  expect(after).toMatch(/WARN \[Loud\] \[order-7\] after(?: \+\d+ms)?$/);
  const start = lines().find((line) => line.includes('serves on'));
  expect(start).toMatch(/LOG \[Rookery\] 'tested' serves on/);
});

test('ConsoleLogger as JSON has the fields, also in what Rookery itself says of a message', async () => {
  const lines = written();
  const client = await loud(new ConsoleLogger({ json: true }));
  const fields = await runWith({ correlationId: 'order-7', tenant: 'acme', traceparent }, () =>
    client.request<object>('speak', 0),
  );
  expect(fields).toEqual({
    correlationId: 'order-7',
    messageId: expect.any(String),
    tenant: 'acme',
    trace_id: traceId,
  });
  const parsed = () => lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  const spoken = parsed().filter(({ context }) => context === 'Loud');
  expect(spoken).toMatchObject([
    { level: 'log', message: 'before', ...fields },
    { level: 'warn', message: 'after', ...fields },
  ]);
  const start = parsed().find(({ message }) => String(message).includes('serves on'));
  expect(Object.keys(start!).sort()).toEqual(['context', 'level', 'message', 'pid', 'timestamp']);
  runWith({ correlationId: 'order-8' }, () => client.emit('fails', 0));
  await eventually(() => {
    const failures = parsed().filter(({ message }) => String(message).includes('given up'));
    expect(failures).toMatchObject([{ context: 'Rookery', correlationId: 'order-8' }]);
  });
});

test('a logger that extends ConsoleLogger shows it too; one that makes its own lines has logFields()', () => {
  const lines = written();
  class Own extends ConsoleLogger {
    protected override formatMessage(...parts: Parameters<ConsoleLogger['formatMessage']>): string {
      return `own ${super.formatMessage(...parts)}`;
    }
  }
  runWith({ correlationId: 'c' }, () => new Own('Ctx', { colors: false }).log('hello'));
  expect(lines()).toEqual([expect.stringMatching(/^own .*\[Ctx\] \[c\] hello$/)]);
});

function pinoInMemory(): {
  logger: Pino;
  lines: () => Record<string, unknown>[];
  raw: string[];
} {
  const raw: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      raw.push(String(chunk));
      done();
    },
  });
  const logger = pino({ base: null, timestamp: false }, stream);
  return { logger, raw, lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('pino has the fields in each line, of children too, and is left as it was', () => {
  const { logger, raw, lines } = pinoInMemory();
  const child = logger.child({ part: 'x' });
  const circular = { toJSON: () => void child.info('within') };
  runWith({ correlationId: 'c "1"', tenant: 'acme', traceparent }, () => {
    logger.info({ own: 1 }, 'hello');
    child.warn(Object.freeze({ frozen: true }), 'child');
    logger.error(new Error('no'));
    child.info({ circular });
    child.child({ deeper: 1 }).info('made here');
  });
  child.info('after');
  logger.info('after');
  const fields = { correlationId: 'c "1"', tenant: 'acme', trace_id: traceId };
  expect(lines()).toMatchObject([
    { own: 1, msg: 'hello', ...fields },
    { part: 'x', frozen: true, ...fields },
    { level: 50, msg: 'no', ...fields },
    { part: 'x', msg: 'within', ...fields },
    { part: 'x', ...fields },
    { part: 'x', deeper: 1, ...fields },
    { part: 'x', msg: 'after' },
    { msg: 'after' },
  ]);
  for (const line of raw.slice(0, 6)) expect(line.match(/"correlationId":/g)).toHaveLength(1);
  expect(raw.slice(6)).toEqual(['{"level":30,"part":"x","msg":"after"}\n', '{"level":30,"msg":"after"}\n']);
});

test('what a line or a logger says itself goes before', () => {
  const { logger, raw } = pinoInMemory();
  runWith({ correlationId: 'c', tenant: 't' }, () => {
    logger.info({ tenant: 'own' }, 'a');
    logger.child({ correlationId: 'mine' }).info('b');
  });
  expect(raw).toEqual([
    '{"level":30,"correlationId":"c","tenant":"own","msg":"a"}\n',
    '{"level":30,"correlationId":"mine","tenant":"t","msg":"b"}\n',
  ]);
});

test('nestjs-pino: the lines of handlers of messages and of HTTP, and that of the request', async () => {
  const { logger, lines } = pinoInMemory();
  const url = freshUrl('memory');
  @Controller()
  class HttpController {
    readonly #logger = new Logger('Http');
    constructor(@InjectClient('tested') private readonly tested: RookeryClient) {}

    @Get('speak')
    speak() {
      this.#logger.log('asked');
      return this.tested.request('speak', 0);
    }
  }
  @Module({
    imports: [
      LoggerModule.forRoot({ pinoHttp: { logger } }),
      RookeryModule.forRoot({ service: 'tested', url }),
      RookeryModule.forFeature(['tested']),
    ],
    controllers: [HttpController, LoudController],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { bufferLogs: true });
  onTestFinished(async () => {
    await app.close();
    Logger.overrideLogger(false);
  });
  app.useLogger(app.get(PinoNestLogger));
  app.connectMicroservice<MicroserviceOptions>(rookery({ service: 'tested', url }));
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const response = await fetch(`${await app.getUrl()}/speak`, {
    headers: { 'x-request-id': 'r-1', traceparent },
  });
  expect(response.status).toBe(200);
  const { messageId } = (await response.json()) as { messageId: string };
  const request = { correlationId: 'r-1', trace_id: traceId };
  await eventually(() =>
    expect(lines().filter(({ correlationId }) => correlationId !== undefined)).toMatchObject([
      { msg: 'asked', context: 'Http', ...request },
      { msg: 'before', context: 'Loud', ...request, messageId },
      { msg: 'after', context: 'Loud', ...request, messageId },
      { msg: 'request completed', ...request },
    ]),
  );
});
