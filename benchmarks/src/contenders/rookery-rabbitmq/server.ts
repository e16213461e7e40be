import { rabbitmq } from '@rookery/rabbitmq';
import type { Place } from '../../contender.js';
import { patterns } from '../math-controllers.js';
import { serve } from '../rookery-broker/server.js';

export function startServer(place: Place): Promise<number> {
  return serve(place, patterns, rabbitmq({ url: place.broker, prefix: place.name }));
}
