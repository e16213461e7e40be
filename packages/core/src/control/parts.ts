import { NotDecodable } from '../errors/conditions.js';

/** Bytes; what is larger goes in parts. No medium takes less, unless it is told to. */
const LARGEST_PART = 262_144;

/**
 * A value as the stream of an answer carries it: as it is, or, where it is larger than an answer may be, as `{ parts }` and
 * then so many pieces of its JSON text, as bytes.
 *
 * @param maxBody bytes that the medium takes
 */
export function* inParts(value: object, maxBody: number): Generator<object, undefined> {
  const size = Math.min(LARGEST_PART, maxBody);
  const text = Buffer.from(JSON.stringify(value));
  if (text.length <= size) {
    yield value;
    return undefined;
  }
  yield { parts: Math.ceil(text.length / size) };
  for (let begin = 0; begin < text.length; begin += size) yield text.subarray(begin, begin + size);
  return undefined;
}

/**
 * The values again that {@link inParts} has made a stream of.
 *
 * @throws NotDecodable when a piece is missing
 */
export async function* fromParts<T>(stream: AsyncIterable<unknown>): AsyncGenerator<T, undefined> {
  let pieces: Uint8Array[] = [];
  let missing = 0;
  for await (const item of stream) {
    if (missing > 0) {
      if (!(item instanceof Uint8Array)) throw new NotDecodable('a piece of an answer is no bytes');
      pieces.push(item);
      if (--missing > 0) continue;
      yield JSON.parse(Buffer.concat(pieces).toString()) as T;
      pieces = [];
    } else if (typeof (item as { parts?: unknown }).parts === 'number') {
      missing = (item as { parts: number }).parts;
    } else yield item as T;
  }
  if (missing > 0) throw new NotDecodable(`an answer ended ${missing} pieces too early`);
  return undefined;
}
