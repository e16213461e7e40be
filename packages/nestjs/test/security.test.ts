import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import type { RookeryContext } from '@rookery/nestjs';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { Authority } from '@rookery/testing';
import { clientOf, moduleOf, startService } from './application.js';

@Controller()
class WhoController {
  @MessagePattern('who')
  who(@Ctx() context: RookeryContext) {
    return { peer: context.peer ?? null, source: context.source };
  }
}

const root = moduleOf([WhoController]);
const OLD = 'correct horse battery';
const NEW = 'staple that is another';

afterEach(() => vi.unstubAllEnvs());

test('a handler reads who called from @Ctx(), as the secret proves it', async () => {
  const { url } = await startService('tcp', root, { secret: OLD });
  const answer = await clientOf(url, { from: 'shop', secret: OLD }).request('who');
  expect(answer).toStrictEqual({ peer: { service: 'shop', by: 'secret' }, source: 'shop' });
  await expect(clientOf(url, { from: 'shop' }).request('who')).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});

test('nothing is proven without either', async () => {
  const { url } = await startService('tcp', root);
  expect(await clientOf(url, { from: 'shop' }).request('who')).toStrictEqual({ peer: null, source: 'shop' });
});

test('ROOKERY_SECRET beats secret, and may have two', async () => {
  vi.stubEnv('ROOKERY_SECRET', `${OLD}, ${NEW}`);
  const { url } = await startService('tcp', root, { secret: 'something else altogether' });
  vi.stubEnv('ROOKERY_SECRET', NEW);
  expect(await clientOf(url, { from: 'shop' }).request('who')).toMatchObject({ source: 'shop' });
});

test('ROOKERY_TLS_CA, ROOKERY_TLS_CERT and ROOKERY_TLS_KEY make both sides show certificates', async () => {
  const authority = new Authority();
  const folder = mkdtempSync(join(tmpdir(), 'rookery-nest-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const use = (cert: string, key: string, name: string) => {
    for (const [part, text] of Object.entries({ ca: authority.cert, cert, key })) {
      const file = join(folder, `${name}.${part}`);
      writeFileSync(file, text);
      vi.stubEnv(`ROOKERY_TLS_${part.toUpperCase()}`, file);
    }
  };
  const tested = authority.issue({ dns: ['tested'], ips: ['127.0.0.1'] });
  use(tested.cert, tested.key, 'tested');
  const { url } = await startService('tcp', root, { url: 'tcps://127.0.0.1:0' });
  expect(url).toMatch(/^tcps:/);
  const shop = authority.issue({ dns: ['shop'] });
  use(shop.cert, shop.key, 'shop');
  const answer = await clientOf(url, { from: 'shop' }).request('who');
  expect(answer).toStrictEqual({ peer: { service: 'shop', by: 'tls' }, source: 'shop' });

  vi.stubEnv('ROOKERY_TLS_CERT', '');
  vi.stubEnv('ROOKERY_TLS_KEY', '');
  await expect(clientOf(url, { from: 'shop' }).request('who')).rejects.toThrow('none was shown');
});
