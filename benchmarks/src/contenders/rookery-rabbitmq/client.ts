import { rabbitmq } from '@rookery/rabbitmq';
import type { Calls } from '../../calls.js';
import type { Place } from '../../contender.js';
import { patterns } from '../math-controllers.js';
import { callsOf } from '../rookery-broker/client.js';

export function connect(_port: number, place: Place): Promise<Calls> {
  return callsOf(place, patterns, () => rabbitmq({ url: place.broker, prefix: place.name }));
}
