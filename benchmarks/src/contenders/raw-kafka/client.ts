import type { Calls, Member } from '../../calls.js';
import type { Place } from '../../contender.js';
import { Gathered } from './gathered.js';
import { read } from './read.js';

const CALL = Buffer.from('call');

export async function connect(_port: number, place: Place): Promise<Calls> {
  const { name } = place;
  const gathered = new Gathered(place);
  const pending = new Map<string, (answer: unknown) => void>();
  await read(place, `${name}.replies`, ({ value, headerEntries: [[, call] = [CALL, CALL]] }) => {
    const number = call.toString();
    pending.get(number)?.(JSON.parse(value.toString()));
    pending.delete(number);
  });
  let last = 0;
  const call = (method: string, body: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const number = String(++last);
      pending.set(number, resolve);
      const value = Buffer.from(JSON.stringify(body));
      const headers = new Map([[CALL, Buffer.from(number)]]);
      gathered.send({ topic: `${name}.requests`, key: Buffer.from(method), value, headers }, (error) => {
        if (error) reject(error);
      });
    });
  return {
    sum: (numbers) => call('sum', numbers) as Promise<number>,
    echo: (member) => call('echo', member) as Promise<Member>,
    note: (event) =>
      new Promise((resolve, reject) => {
        gathered.send({ topic: `${name}.events`, value: Buffer.from(JSON.stringify(event)) }, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
  };
}
