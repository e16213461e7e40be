import { readdir, readFile } from 'node:fs/promises';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';

const source = new URL('../src/', import.meta.url);

/** One statement a line, however long, so that the formatter's line breaks are no difference. */
async function lines(file: string): Promise<string[]> {
  const options = {
    parser: 'typescript',
    singleQuote: true,
    printWidth: 200,
    objectWrap: 'collapse',
  } as const;
  return (await format(await readFile(new URL(file, source), 'utf8'), options)).trimEnd().split('\n');
}

/** The lines that only the stock form or only the Rookery form of a file has; all others are the same, in one order. */
async function difference(folder: string, file: string): Promise<string[]> {
  const stock = await lines(`${folder}-on-stock/${file}`);
  const moved = await lines(`${folder}-on-rookery/${file}`);
  expect(stock.filter((line) => moved.includes(line))).toEqual(moved.filter((line) => stock.includes(line)));
  return [
    ...stock.filter((line) => !moved.includes(line)).map((line) => `- ${line.trim()}`),
    ...moved.filter((line) => !stock.includes(line)).map((line) => `+ ${line.trim()}`),
  ];
}

describe('what changes when the tutorial moves from stock Nest to Rookery', () => {
  it('is nothing but the registrations: these three files exist twice, all else once', async () => {
    for (const framework of ['stock', 'rookery']) {
      expect(await readdir(new URL(`math-on-${framework}`, source))).toEqual(['main.ts']);
      expect((await readdir(new URL(`app-on-${framework}`, source))).sort()).toEqual([
        'app.module.ts',
        'main.ts',
      ]);
    }
  });

  it('is one line and its import where a service is started', async () => {
    expect(await difference('math', 'main.ts')).toMatchInlineSnapshot(`
      [
        "- import { Transport, type MicroserviceOptions } from '@nestjs/microservices';",
        "- const app = await NestFactory.createMicroservice<MicroserviceOptions>(MathModule, { transport: Transport.TCP, options: { port: 3002 } });",
        "+ import type { MicroserviceOptions } from '@nestjs/microservices';",
        "+ import { rookery } from '@rookery/nestjs';",
        "+ const app = await NestFactory.createMicroservice<MicroserviceOptions>(MathModule, rookery({ service: 'math', url: 'tcp://127.0.0.1:3002' }));",
      ]
    `);
  });

  it('is one line and its import where a microservice joins an HTTP app', async () => {
    expect(await difference('app', 'main.ts')).toMatchInlineSnapshot(`
      [
        "- import { Transport, type MicroserviceOptions } from '@nestjs/microservices';",
        "- app.connectMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options: { host: '0.0.0.0', port: 3001 } });",
        "+ import type { MicroserviceOptions } from '@nestjs/microservices';",
        "+ import { rookery } from '@rookery/nestjs';",
        "+ app.connectMicroservice<MicroserviceOptions>(rookery({ service: 'users', url: 'tcp://0.0.0.0:3001', insecure: true }));",
      ]
    `);
  });

  it('is one line for each client, and the import', async () => {
    expect(await difference('app', 'app.module.ts')).toMatchInlineSnapshot(`
      [
        "- import { ClientsModule, Transport } from '@nestjs/microservices';",
        "- { name: 'MATH_SERVICE', transport: Transport.TCP, options: { port: 3002 } },",
        "- { name: 'USERS_SERVICE', transport: Transport.TCP, options: { port: 3001 } },",
        "+ import { ClientsModule } from '@nestjs/microservices';",
        "+ import { RookeryClient } from '@rookery/nestjs';",
        "+ { name: 'MATH_SERVICE', customClass: RookeryClient, options: { to: 'math', url: 'tcp://127.0.0.1:3002' } },",
        "+ { name: 'USERS_SERVICE', customClass: RookeryClient, options: { to: 'users', url: 'tcp://127.0.0.1:3001' } },",
      ]
    `);
  });
});
