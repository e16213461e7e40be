import 'reflect-metadata';
import { Harness } from '@rookery/testing/nest';
import { expect, it } from 'vitest';
import { MathModule } from '../src/app.js';

it('is tested in five lines', async () => {
  const harness = await Harness.start({ math: MathModule });
  expect(await harness.request('math', { cmd: 'sum' }, [1, 2, 3])).toBe(6);
  await harness.quiescence();
  expect(harness.handled({ cmd: 'sum' })).toMatchObject([{ service: 'math', outcome: 'answered' }]);
  await harness.stop();
});
