import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningShop } from './running-shop.js';

/** What `npx rookery` runs. */
const rookery = fileURLToPath(new URL('../bin/rookery.js', import.meta.resolve('@rookery/cli')));

const SECRET = 'a secret of this test and of no other';

describe('a mailer that throws', () => {
  let shop: RunningShop;

  /** What an operator sees who has the shop's secret. */
  const letters = async (command: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> => {
    const [, url = ''] = await shop.says(/'notifications' serves on (tcp:\S+)/);
    const all = ['dead-letters', command, '--service', 'notifications', '--url', url, ...args];
    const environment = { ...process.env, ROOKERY_SECRET: SECRET };
    return promisify(execFile)(rookery, all, { env: environment });
  };

  beforeAll(async () => {
    shop = await new RunningShop([], { PORT: '0', ROOKERY_SECRET: SECRET }).ready();
  }, 30_000);

  afterAll(() => shop.stop(), 30_000);

  it('makes dead letters of welcomes, which an operator replays with one command once it is right again', async () => {
    expect(await shop.send('PUT', '/mailer', { failing: 1 })).toEqual({ status: 200, body: { failing: 1 } });
    const ids = [await shop.signUp('Ada'), await shop.signUp('Grace')];
    await shop.says(/notifications .*given up after try \d[^]*notifications .*given up after try \d/);
    const groups = await letters('groups');
    expect(groups.stdout).toMatch(
      / 2 .* NotificationsController\.welcome {2}user\.created {2}Error: the mail server does not take mail for #/,
    );
    const listed = await letters('list', '--json');
    const { letters: kept } = JSON.parse(listed.stdout) as { letters: { id: string; source: string }[] };
    expect(kept.map(({ source }) => source)).toEqual(['users', 'users']);

    await shop.send('PUT', '/mailer', {});
    expect((await letters('replay', '--all', '--yes')).stderr).toBe('2 of 2 dead letters handled\n');
    for (const id of ids) {
      const { body } = await shop.get(`/users/${id}/notifications`);
      expect(body).toEqual([
        { userId: id, to: expect.any(String), text: expect.stringMatching(/^Welcome, /) },
      ]);
    }
    expect((await letters('list')).stderr).toBe('0 dead letters\n');
    // The others have had their copies of the events long before.
    expect(shop.log.match(/gateway .* Ada has joined/g)).toHaveLength(1);
  }, 60_000);

  it('that is told a wrong share is left as it is', async () => {
    expect((await shop.send('PUT', '/mailer', { failing: 2 })).status).toBe(400);
  });
});
