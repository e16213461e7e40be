import type { Place } from '../../contender.js';
import { sumOf } from '../../load/payload.js';
import { handled } from '../handled.js';
import { createTopics } from '../kafka-topics.js';
import { Gathered } from './gathered.js';
import { read } from './read.js';

export async function startServer(place: Place): Promise<number> {
  const { name, broker } = place;
  const [requests, replies, events] = [`${name}.requests`, `${name}.replies`, `${name}.events`];
  await createTopics(place, [requests, replies, events]);
  const gathered = new Gathered(place);
  await read(place, requests, ({ key, value, headers }) => {
    const body = JSON.parse(value.toString()) as unknown;
    const answer = key.toString() === 'sum' ? sumOf(body as number[]) : body;
    gathered.send({ topic: replies, value: Buffer.from(JSON.stringify(answer)), headers }, (error) => {
      if (error) throw error;
    });
  });
  await read(place, events, ({ value }) => {
    JSON.parse(value.toString());
    handled.count++;
  });
  return Number(new URL(broker).port);
}
