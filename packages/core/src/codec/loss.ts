/** A part of a value that JSON cannot carry. */
export interface Loss {
  /** Where, as one would write it in code: `$.user.tags[2]`. */
  readonly path: string;
  /** What is there, with its article: `a Map`. */
  readonly found: string;
  /** What to do instead. */
  readonly advice: string;
}

const BOXED = [String, Number, Boolean, BigInt, Symbol];

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * The first part of `value` that `JSON.stringify` would refuse, drop or change silently, or `undefined`. Not counted as
 * loss: properties that are `undefined`, a class whose state is plain enumerable properties (it arrives as a plain
 * object), a Date (arrives as its ISO text), -0 (arrives as 0), and anything with a `toJSON` of which the result is whole.
 *
 * @throws what reading the value throws: a getter of its own, or the end of the stack
 */
export function findLoss(value: unknown): Loss | undefined {
  return inspect(value, '$', new Set());
}

function inspect(value: unknown, path: string, ancestors: Set<object>): Loss | undefined {
  switch (typeof value) {
    case 'bigint':
      if ('toJSON' in BigInt.prototype) return undefined; // applications that use BigInt often give it one
      return { path, found: 'a BigInt', advice: 'send it as text' };
    case 'function':
      return { path, found: 'a function', advice: 'leave it out' };
    case 'symbol':
      return { path, found: 'a symbol', advice: 'leave it out' };
    case 'number':
      if (Number.isFinite(value)) return undefined;
      return { path, found: String(value), advice: 'it would arrive as null; send null or text' };
    case 'object':
      return value === null ? undefined : inspectObject(value, path, ancestors, false);
    default:
      return undefined;
  }
}

/** @param made whether a `toJSON` made it, whose own `toJSON` JSON does not ask */
function inspectObject(value: object, path: string, ancestors: Set<object>, made: boolean): Loss | undefined {
  if (ancestors.has(value))
    return { path, found: 'a reference to what contains it', advice: 'break the cycle' };
  if (value instanceof Date) {
    if (made) return { path, found: 'a Date that a toJSON made', advice: 'it would arrive as {}' };
    if (!Number.isNaN(value.getTime())) return undefined;
    return { path, found: 'an invalid Date', advice: 'it would arrive as null' };
  }
  const opaque = opaqueKind(value);
  if (opaque) return { path, ...opaque };
  ancestors.add(value);
  const loss =
    !made && hasToJson(value)
      ? inspectMade(value, value.toJSON(), path, ancestors)
      : inspectParts(value, path, ancestors);
  ancestors.delete(value);
  return loss;
}

function inspectMade(maker: object, made: unknown, path: string, ancestors: Set<object>): Loss | undefined {
  if (made === maker) return inspectParts(maker, path, ancestors);
  if (made === undefined) return { path, found: 'a toJSON that makes nothing', advice: 'have it make null' };
  if (typeof made === 'object' && made !== null) return inspectObject(made, path, ancestors, true);
  return inspect(made, path, ancestors);
}

function inspectParts(value: object, path: string, ancestors: Set<object>): Loss | undefined {
  const hidden = Object.getOwnPropertySymbols(value)[0];
  if (hidden)
    return { path, found: 'an object with the symbol key ' + String(hidden), advice: 'use a text key' };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      const here = `${path}[${index}]`;
      if (item === undefined)
        return { path: here, found: 'undefined', advice: 'it would arrive as null; send null' };
      const loss = inspect(item, here, ancestors);
      if (loss) return loss;
    }
    const extra = Object.keys(value)[value.length]; // what has no index comes after what has one
    if (extra === undefined) return undefined;
    return { path: below(path, extra), found: 'a property of an array', advice: 'send an object' };
  }
  for (const [key, part] of Object.entries(value)) {
    const loss = inspect(part, below(path, key), ancestors);
    if (loss) return loss;
  }
  return undefined;
}

function below(path: string, key: string): string {
  return IDENTIFIER.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function' && !Buffer.isBuffer(value);
}

/** Built-in kinds whose state is not in their properties. */
function opaqueKind(value: object): { found: string; advice: string } | undefined {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    const advice = 'send bytes as the whole body, or as base64 text';
    return { found: `a ${value.constructor.name}`, advice };
  }
  if (value instanceof Map) return { found: 'a Map', advice: 'send Object.fromEntries(map) or its entries' };
  if (value instanceof Set) return { found: 'a Set', advice: 'send an array' };
  if (value instanceof Error) return { found: `an ${value.name}`, advice: 'send its message, or throw it' };
  if (value instanceof RegExp) return { found: 'a RegExp', advice: 'send its source' };
  if (value instanceof Promise) return { found: 'a Promise', advice: 'await it' };
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
    return { found: `a ${value.constructor.name}`, advice: 'leave it out' };
  }
  if (BOXED.some((kind) => value instanceof kind)) {
    return { found: `a ${value.constructor.name} object`, advice: 'send its valueOf()' };
  }
  return undefined;
}
