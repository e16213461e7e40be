import { expect, test } from 'vitest';
import type { ControlOptions } from '../../src/control/options.js';
import { operatorRefusal, type Asker } from '../../src/control/permit.js';

const nobody: Asker = {};
const local: Asker = { local: true };
const operator: Asker = { peer: { service: 'operator', by: 'secret' } };
const shop: Asker = { peer: { service: 'shop', by: 'tls' }, local: true };
const nameless: Asker = { peer: { service: undefined, by: 'secret' }, local: true };

const cases: [ControlOptions | undefined, string, Asker, true | string][] = [
  [undefined, 'proven to be operator', operator, true],
  [undefined, 'on loopback, where nothing is proven', local, true],
  [undefined, 'unproven from elsewhere', nobody, 'nothing proves who asks'],
  [
    undefined,
    'proven to be another, though on loopback',
    shop,
    "'shop' may not operate 'users', but 'operator' may",
  ],
  [undefined, 'with the secret and without a name', nameless, 'a caller without a name may not'],
  [{ callers: ['shop'] }, 'one of them', shop, true],
  [{ callers: ['shop'] }, 'not one of them', operator, "but 'shop' may"],
  [{ callers: ['shop'] }, 'on loopback, unproven', local, 'nothing proves who asks'],
  [{ callers: [] }, 'anybody', operator, 'but nobody may'],
  ['anyone', 'unproven from elsewhere', nobody, true],
  [false, 'on loopback', local, 'control: false'],
  [false, 'proven to be operator', operator, 'control: false'],
];

test.each(cases)('control %j: a caller that is %s', (control, _, asker, expected) => {
  const refusal = operatorRefusal('users', control, asker);
  if (expected === true) expect(refusal).toBeUndefined();
  else
    expect(refusal).toMatchObject({ code: 'PERMISSION_DENIED', message: expect.stringContaining(expected) });
});
