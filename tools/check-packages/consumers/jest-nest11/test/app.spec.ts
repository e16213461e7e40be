import 'reflect-metadata';
import { askOnce, freeTcpUrl } from '../src/app';

test.each([
  ['memory', () => 'memory:'],
  ['tcp', freeTcpUrl],
])('asks over %s', async (_name, url) => {
  expect(await askOnce(await url(), [1, 2, 3])).toBe(6);
});
