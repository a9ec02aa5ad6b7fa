'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Readable } = require('node:stream');
const { readBody, readJson } = require('../lib/body');

function request(chunks, type = 'application/json') {
  const req = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  req.headers = type ? { 'content-type': type } : {};
  return req;
}

test('chunks are joined before they are decoded', async () => {
  const euro = Buffer.from('"€"');
  assert.strictEqual(await readJson(request([euro.subarray(0, 2), euro.subarray(2)])), '€');
});

test('the type may have parameters', async () => {
  assert.strictEqual(await readJson(request(['1'], 'Application/JSON; charset=utf-8')), 1);
});

test('another type is refused', () => assert.rejects(readJson(request(['1'], 'text/plain')), { status: 415 }));
test('no type is refused', () => assert.rejects(readJson(request(['1'], null)), { status: 415 }));
test('malformed JSON is refused', () => assert.rejects(readJson(request(['{'])), { status: 400 }));

test('the limit is inclusive', async () => {
  assert.strictEqual((await readBody(request(['abc', 'de']), 5)).toString(), 'abcde');
  await assert.rejects(readBody(request(['abc', 'def']), 5), { status: 413 });
});
