import { expect, test } from 'vitest';
import { findLoss } from '../src/codec/loss.js';

const loop: Record<string, unknown> = { list: [] };
(loop['list'] as unknown[]).push({ loop });

class Money {
  readonly #cents = 250;
  readonly currency = 'EUR';
  toJSON() {
    return { cents: this.#cents, owner: new Map() };
  }
}

const sparse: unknown[] = [0];
sparse[2] = 2;

test.each<[name: string, value: unknown, path: string, found: RegExp]>([
  ['a BigInt', { total: 10n }, '$.total', /^a BigInt$/],
  ['a function', { run() {} }, '$.run', /^a function$/],
  ['a class', [class {}], '$[0]', /^a function$/],
  ['a symbol', { kind: Symbol('x') }, '$.kind', /^a symbol$/],
  ['NaN', [0, [NaN]], '$[1][0]', /^NaN$/],
  ['Infinity', { a: -Infinity }, '$.a', /^-Infinity$/],
  ['undefined in an array', { tags: ['a', undefined] }, '$.tags[1]', /^undefined$/],
  ['a hole in an array', { tags: sparse }, '$.tags[1]', /^undefined$/],
  ['a property of an array', { found: 'abc'.match(/b/) }, '$.found.index', /property of an array/],
  ['a symbol on an array', [Object.assign([], { [Symbol('s')]: 1 })], '$[0]', /symbol key/],
  ['a symbol key', { user: { [Symbol('secret')]: 1 } }, '$.user', /symbol key Symbol\(secret\)/],
  ['an invalid Date', { at: new Date(NaN) }, '$.at', /invalid Date/],
  ['a Map', { user: { tags: new Map() } }, '$.user.tags', /^a Map$/],
  ['a Set', new Set(), '$', /^a Set$/],
  ['an Error', { cause: new TypeError('x') }, '$.cause', /^an? TypeError$/],
  ['a RegExp', { 'with blank': /x/ }, '$["with blank"]', /^a RegExp$/],
  ['a Promise', { 'a"b': Promise.resolve() }, String.raw`$["a\"b"]`, /^a Promise$/],
  ['a WeakMap', [new WeakMap()], '$[0]', /^a WeakMap$/],
  ['a WeakSet', [new WeakSet()], '$[0]', /^a WeakSet$/],
  ['a WeakRef', [new WeakRef({})], '$[0]', /^a WeakRef$/],
  ['bytes within', { file: new Uint8Array(2) }, '$.file', /^a Uint8Array$/],
  ['a Buffer within', { file: Buffer.from('x') }, '$.file', /^a Buffer$/],
  ['a DataView', { view: new DataView(new ArrayBuffer(2)) }, '$.view', /^a DataView$/],
  ['an ArrayBuffer', { raw: new ArrayBuffer(2) }, '$.raw', /^an? ArrayBuffer$/],
  ['a boxed number', { n: Object(1) as unknown }, '$.n', /^a Number object$/],
  ['a boxed text', { s: Object('a') as unknown }, '$.s', /^a String object$/],
  ['a boxed BigInt', { b: Object(1n) as unknown }, '$.b', /^a BigInt object$/],
  ['a cycle', loop, '$.list[0].loop', /reference to what contains it/],
  ['what toJSON made', { price: new Money() }, '$.price.owner', /^a Map$/],
  ['a toJSON that makes nothing', [{ toJSON: () => undefined }], '$[0]', /toJSON/],
  ['a Date that a toJSON made, which JSON empties', { e: { toJSON: () => new Date(0) } }, '$.e', /Date/],
])('%s is found, with its path', (_, value, path, found) => {
  const loss = findLoss(value);
  expect(loss).toMatchObject({
    path,
    found: expect.stringMatching(found),
    advice: expect.stringMatching(/./),
  });
});

const shared = { a: 1 };
class Point {
  readonly x = 1;
}
class SelfMade {
  readonly a = 1;
  toJSON(): unknown {
    return this;
  }
}

test.each<[name: string, value: unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['a property that is undefined', { a: undefined }],
  ['a Date', { at: new Date(0) }],
  ['a class of plain properties', [new Point()]],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['a toJSON of which the result is whole', { at: new URL('http://example.com') }],
  ['a toJSON that returns the object itself', { made: new SelfMade() }],
  ['a property toJSON that is no function', { toJSON: 'text' }],
  ['one object in two places', [shared, shared, { shared }]],
  ['-0', -0],
  ['half of a surrogate pair', '\ud800'],
])('%s is no loss', (_, value) => {
  expect(findLoss(value)).toBeUndefined();
});
