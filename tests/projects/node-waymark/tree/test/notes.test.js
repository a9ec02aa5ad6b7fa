'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const { createApp } = require('../examples/notes/app');
const { inject, withJson } = require('./support/inject');

test('a note is added, read, found and removed', async () => {
  const app = createApp();
  const added = await inject(app, 'POST', '/notes', withJson({ text: 'Buy milk' }));
  assert.strictEqual(added.status, 201);
  assert.strictEqual(added.headers.location, '/notes/1');
  assert.strictEqual((await inject(app, 'GET', '/notes/1')).json().text, 'Buy milk');
  assert.strictEqual((await inject(app, 'GET', '/notes?q=MILK')).json().length, 1);
  assert.strictEqual((await inject(app, 'POST', '/notes/search', withJson({ word: 'tea' }))).json().length, 0);
  assert.strictEqual((await inject(app, 'DELETE', '/notes/1')).status, 204);
  assert.strictEqual((await inject(app, 'GET', '/notes/1')).status, 404);
});

test('a note needs a text', async () => {
  const answer = await inject(createApp(), 'POST', '/notes', withJson({ text: '' }));
  assert.strictEqual(answer.status, 422);
  assert.strictEqual(answer.json().error.message, 'text is missing');
});

test('over a socket', async () => {
  const server = http.createServer(createApp().listener());
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const status = await new Promise((resolve, reject) => {
      http.get({ port: server.address().port, host: '127.0.0.1', path: '/notes', agent: false }, (res) => {
        res.resume();
        res.on('end', () => resolve(res.statusCode));
      }).on('error', reject);
    });
    assert.strictEqual(status, 200);
  } finally {
    server.close();
  }
});
