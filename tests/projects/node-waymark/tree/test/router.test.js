'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Router, HttpError } = require('../lib');
const { inject } = require('./support/inject');

function named(name) {
  return (req, res) => res.text(200, name);
}

test('the first route that fits answers', async () => {
  const router = new Router().get('/a', named('first')).get('/:any', named('second'));
  assert.strictEqual((await inject(router, 'GET', '/a')).body, 'first');
  assert.strictEqual((await inject(router, 'GET', '/b')).body, 'second');
});

test('a route of another method does not hide a later one', async () => {
  const router = new Router().get('/notes/:id', named('one')).post('/notes/search', named('search'));
  assert.strictEqual((await inject(router, 'POST', '/notes/search')).body, 'search');
  assert.strictEqual((await inject(router, 'GET', '/notes/search')).body, 'one');
});

test('no route is a 404', async () => {
  const answer = await inject(new Router().get('/a', named('a')), 'GET', '/b');
  assert.strictEqual(answer.status, 404);
  assert.deepStrictEqual(answer.json(), { error: { status: 404, message: 'not found' } });
});

test('unknown methods can not be added', () => {
  assert.throws(() => new Router().add('FETCH', '/', named('x')), TypeError);
});

test('an HttpError becomes the answer, with its headers', async () => {
  const router = new Router().get('/', () => {
    throw new HttpError(429, 'slow down', { 'retry-after': '5' });
  });
  const answer = await inject(router, 'GET', '/');
  assert.strictEqual(answer.status, 429);
  assert.strictEqual(answer.headers['retry-after'], '5');
});

test('another error says nothing to the client', async () => {
  const seen = [];
  const router = new Router({ onError: (error) => seen.push(error.message) });
  router.get('/', async () => {
    throw new Error('the password is hunter2');
  });
  const answer = await inject(router, 'GET', '/');
  assert.strictEqual(answer.status, 500);
  assert.doesNotMatch(answer.body, /password/);
  assert.deepStrictEqual(seen, ['the password is hunter2']);
});

test('an error after the head ends the connection', async () => {
  const router = new Router().get('/', (req, res) => {
    res.writeHead(200, {});
    throw new Error('too late');
  });
  assert.strictEqual((await inject(router, 'GET', '/')).destroyed, true);
});

test('what is used runs around the routes, in order', async () => {
  const steps = [];
  const router = new Router()
    .use(async (req, res, context, next) => {
      steps.push('a in');
      await next();
      steps.push('a out');
    })
    .use((req, res, context, next) => {
      steps.push('b');
      return next();
    })
    .get('/', (req, res) => {
      steps.push('route');
      res.empty(204);
    });
  await inject(router, 'GET', '/');
  assert.deepStrictEqual(steps, ['a in', 'b', 'route', 'a out']);
});
