import { eventually } from '@rookery/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { inShell, PATIENCE, RunningShop, runs } from './running-shop.js';

const services = ['gateway', 'payments', 'users', 'notifications'];
let shop: RunningShop;
afterEach(() => shop.stop(), 30_000);

describe('stopping the shop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends all in order, gateway first, with exit code 0',
    async (signal) => {
      shop = await new RunningShop().ready();
      const pids = services.map((service) => shop.pid(service));
      shop.process.kill(signal);
      expect(await shop.ended).toEqual({ code: 0, signal: null });
      expect(pids.filter(runs)).toEqual([]);
      const stopped = [...shop.log.matchAll(/shop +\| (\w+) has stopped/g)].map(([, name]) => name);
      expect(stopped).toEqual([...services, 'everything']);
      expect(shop.log).not.toContain('SIGKILL');
    },
    30_000,
  );

  it('lets a request that is under way finish', async () => {
    shop = await new RunningShop().ready();
    process.kill(shop.pid('users'), 'SIGSTOP');
    const asked = shop.get('/users/4711');
    await shop.get('/activity'); // sent after the other, so that one is in the gateway by now
    shop.process.kill('SIGTERM');
    await shop.says(/SIGTERM: stopping/);
    process.kill(shop.pid('users'), 'SIGCONT');
    expect((await asked).status).toBe(404);
    const answered = performance.now();
    await shop.says(/gateway has stopped/);
    expect(performance.now() - answered).toBeLessThan(4_000); // not held up by the client's idle connection
    expect(await shop.ended).toEqual({ code: 0, signal: null });
  }, 30_000);

  it('at once, by a second signal, leaves nothing behind', async () => {
    shop = await new RunningShop().ready();
    const pids = services.map((service) => shop.pid(service));
    process.kill(shop.pid('gateway'), 'SIGSTOP'); // so that it cannot stop by itself
    shop.process.kill('SIGINT');
    await shop.says(/SIGINT: stopping/);
    shop.process.kill('SIGINT');
    expect(await shop.ended).toEqual({ code: 130, signal: null });
    await eventually(() => expect(pids.filter(runs)).toEqual([]), PATIENCE);
  }, 30_000);

  it('by SIGHUP, before it is ready, works as well', async () => {
    shop = new RunningShop();
    await shop.says(/gateway is process/);
    const pids = services.map((service) => shop.pid(service));
    shop.process.kill('SIGHUP');
    expect(await shop.ended).toEqual({ code: 0, signal: null });
    expect(pids.filter(runs)).toEqual([]);
  }, 30_000);

  it('by killing the supervisor ends the services, too', async () => {
    shop = await new RunningShop().ready();
    const pids = services.map((service) => shop.pid(service));
    shop.process.kill('SIGKILL');
    await shop.ended;
    await eventually(() => expect(pids.filter(runs)).toEqual([]), PATIENCE);
  }, 30_000);

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s to the shell of npm start stops the shop, too',
    async (signal) => {
      shop = await new RunningShop([], { PORT: '0', npm_lifecycle_event: 'start' }, inShell).ready();
      const pids = services.map((service) => shop.pid(service));
      shop.process.kill(signal);
      await shop.says(/npm start has ended: stopping[^]*everything has stopped/);
      expect(pids.filter(runs)).toEqual([]);
    },
    30_000,
  );

  it('works for the single process', async () => {
    shop = await new RunningShop(['--single']).ready();
    shop.process.kill('SIGINT');
    expect(await shop.ended).toEqual({ code: 0, signal: null });
    expect(shop.log).toContain('everything has stopped');
  }, 30_000);
});
