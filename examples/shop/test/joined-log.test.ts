import { eventually } from '@rookery/testing';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { JoinedLog } from '../src/supervisor/joined-log.js';

describe('the joined log', () => {
  it('puts before each line who wrote it, and keeps lines whole however they arrive', async () => {
    let text = '';
    const log = new JoinedLog(['shop', 'users'], false, (more) => (text += more));
    const stream = new PassThrough();
    log.follow('users', stream);
    stream.write('first li');
    stream.write('ne\nsecond line\nwithout an end');
    log.line('shop', 'hello');
    stream.end();
    const expected = [
      'shop  | hello',
      'users | first line',
      'users | second line',
      'users | without an end',
      '',
    ];
    await eventually(() => expect(text.split('\n').sort()).toEqual(expected.sort()));
  });

  it('colours the names on a terminal, and nothing else', () => {
    let text = '';
    const log = new JoinedLog(['shop', 'users'], true, (more) => (text += more));
    log.line('shop', 'hello');
    expect(text).toBe('\u001b[36mshop  |\u001b[0m hello\n');
  });
});
