import 'reflect-metadata';
import { expect, it } from 'vitest';
import { askOnce, freeTcpUrl } from '../src/app.js';

it.each([
  ['memory', () => 'memory:'],
  ['tcp', freeTcpUrl],
])('asks over %s', async (_name, url) => {
  expect(await askOnce(await url(), [1, 2, 3])).toBe(6);
});
