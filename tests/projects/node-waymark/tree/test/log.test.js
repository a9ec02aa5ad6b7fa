'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Router, log } = require('../lib');
const { inject } = require('./support/inject');

test('one line an answer, errors too', async () => {
  const lines = [];
  let clock = 0;
  const router = new Router().use(log((line) => lines.push(line), () => (clock += 5)));
  router.get('/', (req, res) => res.empty(204));
  await inject(router, 'GET', '/?q=secret');
  await inject(router, 'GET', '/nowhere');
  assert.deepStrictEqual(lines, ['GET / 5ms', 'GET /nowhere 5ms']);
});
