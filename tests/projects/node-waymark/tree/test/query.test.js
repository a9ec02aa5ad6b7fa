'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { parseUrl } = require('../lib/query');

function parsed(url) {
  const { path, query } = parseUrl(url);
  return { path, query: { ...query } };
}

test('without a query', () => assert.deepStrictEqual(parsed('/a'), { path: '/a', query: {} }));

test('one value is a string, several are a list', () => {
  assert.deepStrictEqual(parsed('/a?x=1&x=2&y='), { path: '/a', query: { x: ['1', '2'], y: '' } });
});

test('escapes and plus signs', () => {
  assert.deepStrictEqual(parsed('/a?q=b+c%21').query, { q: 'b c!' });
});

test('the first question mark counts', () => {
  assert.deepStrictEqual(parsed('/a?q=?'), { path: '/a', query: { q: '?' } });
});

test('no prototype', () => assert.strictEqual(parseUrl('/').query.toString, undefined));
