import { Authority, rejection } from '@rookery/testing';
import { expect, test } from 'vitest';
import { HOST, letterOf, operated, operating, type OperatedOptions } from './operated.js';

const secret = 'correct horse battery';
const authority = new Authority();
const { cert: ca } = authority;
const users = authority.issue({ dns: ['users'], ips: [HOST] });
const tls = (name: string) => ({ ...authority.issue({ dns: [name] }), ca });
const mutual: OperatedOptions = { tcp: { tls: { ...users, ca } } };
const anywhere: OperatedOptions = { tcp: { listen: { host: '0.0.0.0', port: 0 }, insecure: true } };

/** What somebody hears who wants to operate the service: how many letters there are, or why not. */
async function heard(options: OperatedOptions, as: string | undefined, caller: object): Promise<unknown> {
  const replica = await operated('r1', options);
  await replica.deadLetters.put(letterOf('e1', 1));
  const reached = { ...replica, url: replica.url.replace('0.0.0.0', HOST) };
  const operates = operating([reached], as === undefined ? {} : { as }, caller);
  const { deadLetters } = await operates;
  return (await deadLetters.list()).letters.length;
}

test.each<[string, OperatedOptions, string | undefined, object]>([
  ['on loopback without a secret, anybody', {}, 'whoever', {}],
  ['with the secret, who says to be operator', { tcp: { secret } }, undefined, { secret }],
  ['with a certificate for operator', mutual, undefined, { tls: tls('operator') }],
  ['whom control names', { tcp: { secret }, control: { callers: ['console'] } }, 'console', { secret }],
  [
    'whom control and allow name',
    { tcp: { secret, allow: { 'rookery.control.>': ['operator'] } } },
    undefined,
    { secret },
  ],
  ['beyond loopback, anybody if control says so', { ...anywhere, control: 'anyone' }, 'whoever', {}],
])('%s may operate', async (_, options, as, caller) => {
  expect(await heard(options, as, caller)).toBe(1);
});

test.each<[string, OperatedOptions, string | undefined, object, string]>([
  [
    'with the secret, who says to be another',
    { tcp: { secret } },
    'shop',
    { secret },
    "'shop' may not operate 'users'",
  ],
  ['with a certificate for another', mutual, 'shop', { tls: tls('shop') }, "'shop' may not operate 'users'"],
  [
    'whom allow does not name',
    { tcp: { secret, allow: { '>': ['shop'] } } },
    undefined,
    { secret },
    "'operator' may not use rookery.control.describe; the service's allow has to name it for '>'",
  ],
  ['beyond loopback, anybody', anywhere, undefined, {}, 'nothing proves who asks'],
  [
    'whom nothing proves, if control names somebody',
    { control: { callers: ['operator'] } },
    undefined,
    {},
    'nothing proves',
  ],
  [
    'anybody, if control is off',
    { tcp: { secret }, control: false },
    undefined,
    { secret },
    'control: false',
  ],
])('%s may not', async (_, options, as, caller, message) => {
  expect(await rejection(heard(options, as, caller))).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining(message),
  });
});

test('who does not have the secret, or a certificate for the name, is not even heard', async () => {
  const wrong = { secret: 'another one, long enough' };
  expect(await rejection(heard({ tcp: { secret } }, undefined, wrong))).toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(await rejection(heard(mutual, 'operator', { tls: tls('shop') }))).toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});

test('a refusal is in the log of the service', async () => {
  const replica = await operated('r1', { control: false });
  await rejection(operating([replica]));
  expect(replica.log).toContain("refused: 'users' cannot be operated from outside (control: false)");
});
