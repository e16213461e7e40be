import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { nextWait } from '../src/events/delay-tiers.js';
import { escapeWord } from '../src/names/escape.js';
import { Names } from '../src/names/names.js';
import { bindingKey, routingKey } from '../src/names/routing-key.js';

const word = fc.string({ unit: 'grapheme', maxLength: 30 });

describe('names', () => {
  test('different texts have different words, which AMQP takes for nothing else', () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        assert.match(escapeWord(one), /^[A-Za-z0-9_%-]+$/);
        assert.equal(escapeWord(one) === escapeWord(other), one === other);
      }),
    );
  });

  test('no two queues have one name, however services and endpoints are called', () => {
    const names = new Names('rookery');
    const all = ['a', 'a.b', 'b', 'delay', 'replica', 'requests', 'early', 'endpoint', ''].flatMap(
      (service) => [
        names.requests(service),
        names.early(service),
        names.inbox(service),
        ...['a', 'b', 'requests', 'a.b', ''].map((endpoint) => names.endpoint(service, endpoint)),
        ...['a', 'b'].map((endpoint) => names.broadcast(service, endpoint, 'a')),
      ],
    );
    all.push(names.delay(25), names.orphans);
    assert.equal(new Set(all).size, all.length);
  });

  test('a name that AMQP would not take is shortened, and still its own', () => {
    const names = new Names('rookery');
    const [one, other] = [names.endpoint('s', 'x'.repeat(400)), names.endpoint('s', 'x'.repeat(401))];
    assert.equal(one.length, 255);
    assert.notEqual(one, other);
    assert.equal(one, names.endpoint('s', 'x'.repeat(400)));
  });
});

describe('routing keys', () => {
  test('say for whom, which slot and what', () => {
    assert.equal(routingKey('users.created', undefined, undefined), 'all.-.users.created');
    assert.equal(routingKey('users.created', 7, 'my.shop'), 'to:my%2Eshop.s07.users.created');
    assert.equal(routingKey('{"cmd":"sum"}', 12, undefined), 'all:object.s12.%7B%22cmd%22%3A%22sum%22%7D');
  });

  test('are bound by wildcards that mean what they mean elsewhere', () => {
    assert.equal(bindingKey('users.*', undefined), 'all.*.users.*');
    assert.equal(bindingKey('users.>', 'shop'), 'to:shop.*.users.*.#');
    assert.equal(bindingKey('a*b.#.>c', undefined), 'all.*.a%2Ab.%23.%3Ec');
  });
});

describe('delay tiers', () => {
  test('hold an event as long as it has to wait, and not much longer', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 90_000_000, noNaN: true }), (ms) => {
        let [left, waited, hops] = [ms, 0, 0];
        while (left > 0) {
          const wait = nextWait(left);
          waited += wait.tier;
          left = wait.left;
          hops++;
        }
        assert.ok(waited >= ms, `${waited} of ${ms}`);
        assert.ok(waited <= ms * 1.25 + 25, `${waited} of ${ms}`);
        assert.ok(hops <= 45, `${hops} hops for ${ms}`);
      }),
    );
  });
});
