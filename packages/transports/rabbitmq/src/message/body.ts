import type { Body } from '@rookery/core';

const TEXT = 'application/json';
const BYTES = 'application/octet-stream';
const NOTHING = Buffer.alloc(0);

/** A body as AMQP has it. */
export interface AmqpBody {
  readonly content: Buffer;
  readonly contentType: string | undefined;
  /** Which kind of body it is, where the content type does not tell. */
  readonly kind: BodyKind | undefined;
}

type BodyKind = 'text' | 'bytes' | 'none';

/** @param contentType the envelope's */
export function writeBody(body: Body, contentType: string | undefined): AmqpBody {
  const kind = body === undefined ? 'none' : typeof body === 'string' ? 'text' : 'bytes';
  const content =
    body === undefined ? NOTHING : typeof body === 'string' ? Buffer.from(body) : Buffer.from(body); // its own: what its sender changes afterwards is not sent
  if (contentType !== undefined) return { content, contentType, kind };
  // No content type is no body, in what others send as well.
  return {
    content,
    contentType: kind === 'text' ? TEXT : kind === 'bytes' ? BYTES : undefined,
    kind: undefined,
  };
}

/** Gives back what {@link writeBody} was given; of what others sent, JSON and text is text, and all else is bytes. */
export function readBody(
  content: Buffer,
  contentType: string | undefined,
  kind: unknown,
): { body: Body; contentType: string | undefined } {
  const own = contentType === undefined || contentType === BYTES || isJson(contentType);
  return { body: bodyOf(content, contentType, kind), contentType: own ? undefined : contentType };
}

function bodyOf(content: Buffer, contentType: string | undefined, kind: unknown): Body {
  if (kind === 'none') return undefined;
  if (kind === undefined && contentType === undefined && content.length === 0) return undefined;
  const text = kind === undefined ? isText(contentType) : kind === 'text';
  // Bytes are copied: these are a part of what the socket gave, and lead to other messages.
  return text ? content.toString('utf8') : Uint8Array.from(content);
}

function isJson(contentType: string): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType);
}

function isText(contentType: string | undefined): boolean {
  return contentType !== undefined && /^(text\/|application\/([\w.-]+\+)?json\b)/i.test(contentType);
}
