import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RECORD_OPTIONS_HEADER, silentLogger } from '@rookery/core';
import { readHeaders, writeHeaders } from '../src/message/application-headers.js';
import { OwnRecordOptions } from '../src/message/record-options.js';

test('of an RmqRecord, what has a meaning is kept, what has none is named in the log, once', () => {
  const log: string[] = [];
  const records = new OwnRecordOptions({ ...silentLogger, warn: (text) => void log.push(text) });
  const given = { priority: 3, appId: 'shop', timestamp: 7, persistent: false, expiration: 100, CC: ['a'] };
  const headers = { trace: 'here', [RECORD_OPTIONS_HEADER]: JSON.stringify(given) };
  for (let message = 0; message < 2; message++)
    assert.deepEqual(records.of(headers), { priority: 3, appId: 'shop', timestamp: 7 });
  assert.deepEqual(
    log.map((line) => line.split(' ')[0]),
    ['expiration', 'CC'],
  );
  const table = {};
  writeHeaders(table, headers);
  assert.deepEqual(table, { trace: 'here' });
  assert.equal(records.of({ trace: 'here' }), undefined);
  assert.equal(records.of({ [RECORD_OPTIONS_HEADER]: 'no JSON' }), undefined);
  assert.deepEqual(readHeaders(headers), { trace: 'here' }, 'nobody else sets them');
});
