import { expect, it } from 'vitest';
import { readOptions } from '../src/cli/options.js';

it('acts on all brokers when none is named, and on each once', () => {
  expect(readOptions(['up'])).toEqual({
    action: 'up',
    kinds: ['rabbitmq', 'kafka', 'redis', 'nats'],
    pauseFor: undefined,
  });
  expect(readOptions(['kill', 'kafka', 'kafka']).kinds).toEqual(['kafka']);
  expect(readOptions(['pause', 'kafka', '--for', '10000']).pauseFor).toBe(10_000);
});

it.each([
  [[], 'the action is one of up, down,'],
  [['start'], 'not "start"'],
  [['up', 'mqtt'], 'a broker is one of rabbitmq, kafka, redis, nats, not "mqtt"'],
  [['up', '--for', '10'], '--for belongs to pause'],
  [['pause', '--for', 'ever'], '--for belongs to pause, and is a number of milliseconds'],
])('refuses %j', (args, words) => {
  expect(() => readOptions(args)).toThrow(words);
});
