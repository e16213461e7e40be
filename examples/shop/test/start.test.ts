import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RunningShop } from './running-shop.js';

/** What it says when it cannot start: that alone, with exit code 1. */
async function refusal(args: string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const shop = new RunningShop(args, environment);
  expect(await shop.ended).toEqual({ code: 1, signal: null });
  return shop.log;
}

describe('starting the shop', () => {
  it.each([[[]], [['--single']]])('on a port that is taken names it and the way out: %s', async (args) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const said = `Port ${port} is taken by another program. Choose another: PORT=3100 npm start\n`;
      expect(await refusal(args, { PORT: String(port) })).toBe(said);
    } finally {
      server.close();
    }
  });

  it('on something that is no port says so', async () => {
    const said = "PORT is 'http', which is no port: a number from 0 (any free one) to 65535.\n";
    expect(await refusal([], { PORT: 'http' })).toBe(said);
  });

  it('with an argument that there is not says what there is', async () => {
    expect(await refusal(['--sinlge'], { PORT: '0' })).toMatch(/--sinlge.*npm start -- --single\n$/);
  });
});
