'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { compile } = require('../lib/pattern');

const FITS = [
  ['/', '/', {}],
  ['/notes', '/notes', {}],
  ['/notes', '/notes/', {}],
  ['/notes/:id', '/notes/7', { id: '7' }],
  ['/notes/:id', '/notes/a%2Fb', { id: 'a/b' }],
  ['/:a/:b', '/x/y', { a: 'x', b: 'y' }],
  ['/files/*path', '/files/a/b%20c', { path: 'a/b c' }],
];

const FITS_NOT = [
  ['/', '/notes'],
  ['/notes', '/'],
  ['/notes', '/Notes'],
  ['/notes/:id', '/notes'],
  ['/notes/:id', '/notes//7'],
  ['/notes/:id', '/notes/7/8'],
  ['/files/*path', '/files'],
];

for (const [source, path, params] of FITS) {
  test(`${source} fits ${path}`, () => {
    assert.deepStrictEqual({ ...compile(source).match(path) }, params);
  });
}

for (const [source, path] of FITS_NOT) {
  test(`${source} does not fit ${path}`, () => assert.strictEqual(compile(source).match(path), null));
}

test('a malformed escape is the client\'s fault', () => {
  assert.throws(() => compile('/:id').match('/%E0%A4%A'), { status: 400 });
});

test('params have no prototype', () => {
  assert.strictEqual(compile('/:id').match('/x').constructor, undefined);
});

for (const source of ['notes', '/:', '/:1', '/*', '/*rest/more']) {
  test(`${source} is refused`, () => assert.throws(() => compile(source), TypeError));
}
