import { kafka } from '@rookery/kafka';
import type { Calls } from '../../calls.js';
import type { Place } from '../../contender.js';
import { topics } from '../math-controllers.js';
import { callsOf } from '../rookery-broker/client.js';

export function connect(_port: number, place: Place): Promise<Calls> {
  return callsOf(place, topics(place.name), () => kafka({ brokers: place.broker }));
}
