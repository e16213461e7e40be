import { expect, test } from 'vitest';
import { kibibyte } from '../src/load/payload.js';
import { readOptions } from '../src/options.js';

test('the defaults measure every contender of the suite in six cells, and save nothing', () => {
  const options = readOptions(['tcp']);
  expect(options).toMatchObject({ suite: 'tcp', inFlight: [1, 100, 1000], payloads: ['small', '1k'] });
  expect(options.contenders).toEqual(expect.arrayContaining(['nest-tcp', 'raw-tcp', 'moleculer-tcp']));
  expect(options.saveTo).toBeUndefined();
});

test('lists and numbers are read', () => {
  const args = '--only raw-tcp,nest-tcp --in-flight 7 --payload 1k --rounds 2 --seconds 0.2 --save --to x';
  expect(readOptions(['tcp', ...args.split(' ')])).toEqual({
    suite: 'tcp',
    contenders: ['raw-tcp', 'nest-tcp'],
    rounds: 2,
    seconds: 0.2,
    inFlight: [7],
    payloads: ['1k'],
    saveTo: 'x',
    profile: false,
    busy: false,
  });
});

test.each([
  ['', 'the suite is one of tcp, rabbitmq, kafka, not ""'],
  ['udp', 'the suite is one of tcp, rabbitmq, kafka, not "udp"'],
  ['tcp --only nobody', 'not "nobody"'],
  ['tcp --payload 2k', '--payload is one of small, 1k'],
  ['tcp --payload event', '--payload is one of small, 1k, not "event"'],
  ['tcp --rounds 0', '--rounds is a whole number from 1 to 100'],
  ['tcp --rounds 1.5', '--rounds is a whole number'],
  ['tcp --seconds 3600', '--seconds is a number from 0.05 to 60'],
  ['tcp --in-flight 1,,2', '--in-flight is a whole number from 1 to 10000, not ""'],
])('%j is refused: %s', (args, message) => {
  expect(() => readOptions(args.split(' '))).toThrow(message);
});

test('the larger body is 1 KiB of JSON to the byte', () => {
  expect(Buffer.byteLength(JSON.stringify(kibibyte()))).toBe(1024);
});
