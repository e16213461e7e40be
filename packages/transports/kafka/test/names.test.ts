import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Names } from '../src/topics/names.js';

const names = new Names();

const patterns = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.stringMatching(/^[-_.xa-c0-2]{0,12}$/),
  fc.constantFrom('.', '..', '', 'rookery.x.requests', '__consumer_offsets', '{"cmd":"sum"}'),
);

test('a pattern comes back from its topic, whose name Kafka takes', () => {
  fc.assert(
    fc.property(patterns, (pattern) => {
      const topic = names.topicOf(pattern);
      expect(topic).toMatch(/^[A-Za-z0-9._-]{1,249}$/);
      expect(['.', '..']).not.toContain(topic);
      if (!/_xz[0-9a-f]{40}$/.test(topic)) expect(names.patternOf(topic)).toBe(pattern);
    }),
  );
});

test('a name that Kafka takes stays as it is', () => {
  for (const name of ['users.created', 'user-created', 'user_created', '__x', 'USER']) {
    expect(names.topicOf(name)).toBe(name === '__x' ? '__x5fx' : name);
    expect(names.patternOf(names.topicOf(name))).toBe(name);
  }
  expect(names.topicOf('{"a":1}')).toBe('_x7b_x22a_x22_x3a1_x7d');
});

test('no pattern has the topic of a service', () => {
  const own = [names.requests('a.b-c'), names.inbox('a'), names.deadLetters('a'), names.retries('a', 1_000)];
  for (const topic of own) {
    expect(names.patternOf(topic)).toBeUndefined();
    expect(names.topicOf(topic)).not.toBe(topic);
  }
  expect(own.filter((topic) => names.isRetries(topic))).toEqual([names.retries('a', 1_000)]);
});

test('patterns that are too long keep apart', () => {
  const long = 'p'.repeat(300);
  expect(names.topicOf(`${long}1`)).not.toBe(names.topicOf(`${long}2`));
  expect(names.topicOf(long).length).toBeLessThanOrEqual(249);
  expect(names.patternOf(names.topicOf(long))).toBeUndefined();
});

test('with a namespace all begins with it, and a pattern comes back', () => {
  const staging = new Names('staging');
  fc.assert(
    fc.property(fc.oneof(patterns, fc.constant('p'.repeat(300))), (pattern) => {
      const topic = staging.topicOf(pattern);
      expect(topic).toMatch(/^staging\.[A-Za-z0-9._-]{1,241}$/);
      if (/_xz[0-9a-f]{40}$/.test(topic)) return;
      expect(topic).toBe(`staging.${names.topicOf(pattern)}`);
      expect(staging.patternOf(topic)).toBe(pattern);
    }),
  );
  expect(staging.requests('a')).toBe(`staging.${names.requests('a')}`);
  expect(staging.patternOf(staging.requests('a'))).toBeUndefined();
  expect(staging.patternOf('test.created')).toBeUndefined();
});

test('wildcards are about what is in the same namespace, or in none', () => {
  const mine = ['created', 'order.created', 'staging', 'rookery.replies', 'rookery.rookery.requests'];
  const others = ['staging.rookery.a.requests', 'staging.created', 'test.rookery.replies', 'test.created'];
  const all = [...mine, ...others];
  expect(names.visible(all)).toEqual(mine);
  expect(new Names('staging').visible(all)).toEqual(others.slice(0, 2));
  expect(all.filter((topic) => names.isAnyOwn(topic))).toEqual(
    all.filter((topic) => topic.includes('rookery.')),
  );
});
