#!/bin/sh
# shellcheck disable=SC2016
# A scripted agent: run in a checkout of the project, the prompt on standard input or in a file named as its argument.
# Works with an editor only and makes no commit.
set -eu

prompt=$(cat -- "${1:--}")
case $prompt in
*"answer HEAD, OPTIONS and wrong methods"*) ;;
*)
	echo "agent: nothing to do: the prompt names no task of this project" >&2
	exit 3
	;;
esac

# edit <file>: standard input is JavaScript that changes `text`; `swap(old, new)` must find its line.
edit() {
	cat >.agent-edit
	node -e '
		const fs = require("node:fs");
		const file = process.argv[1];
		let text = fs.readFileSync(file, "utf8");
		function swap(old, by) {
			if (!text.includes(old)) throw new Error(`${file}: not found: ${old}`);
			text = text.replace(old, () => by);
		}
		eval(fs.readFileSync(".agent-edit", "utf8"));
		fs.writeFileSync(file, text);' "$1"
	rm .agent-edit
}

echo "agent: the tests first"
cat >test/methods.test.js <<'E'
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const { Router } = require('../lib');
const { createApp } = require('../examples/notes/app');
const { inject, withJson } = require('./support/inject');

function named(name) {
  return (req, res) => res.text(200, name);
}

async function notes() {
  const app = createApp();
  await inject(app, 'POST', '/notes', withJson({ text: 'Grüße' }));
  return app;
}

test('a wrong method is a 405 that says which would do', async () => {
  const answer = await inject(await notes(), 'PUT', '/notes');
  assert.strictEqual(answer.status, 405);
  assert.strictEqual(answer.headers.allow, 'GET, HEAD, OPTIONS, POST');
  assert.deepStrictEqual(answer.json(), { error: { status: 405, message: 'method not allowed' } });
});

test('every route that fits the path counts', async () => {
  const answer = await inject(await notes(), 'PUT', '/notes/search');
  assert.strictEqual(answer.headers.allow, 'DELETE, GET, HEAD, OPTIONS, POST');
  const router = new Router().get('/notes/:id', named('one')).post('/notes/search', named('search'));
  assert.strictEqual((await inject(router, 'PUT', '/notes/search')).headers.allow, 'GET, HEAD, OPTIONS, POST');
});

test('without GET there is no HEAD', async () => {
  const router = new Router().post('/jobs', named('job'));
  const answer = await inject(router, 'HEAD', '/jobs');
  assert.strictEqual(answer.status, 405);
  assert.strictEqual(answer.headers.allow, 'OPTIONS, POST');
});

test('HEAD is GET without the body', async () => {
  const app = await notes();
  const get = await inject(app, 'GET', '/notes');
  const head = await inject(app, 'HEAD', '/notes');
  assert.strictEqual(head.status, 200);
  assert.deepStrictEqual(head.headers, get.headers);
  assert.strictEqual(head.headers['content-length'], Buffer.byteLength(get.body));
  assert.strictEqual(head.body, '');
});

test('HEAD of an error has no body either', async () => {
  const head = await inject(await notes(), 'HEAD', '/notes/99');
  assert.strictEqual(head.status, 404);
  assert.strictEqual(head.body, '');
});

test('OPTIONS says what is allowed', async () => {
  const answer = await inject(await notes(), 'OPTIONS', '/notes');
  assert.strictEqual(answer.status, 204);
  assert.strictEqual(answer.headers.allow, 'GET, HEAD, OPTIONS, POST');
  assert.strictEqual(answer.body, '');
});

for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
  test(`${method} on a path of no route is a 404`, async () => {
    assert.strictEqual((await inject(await notes(), method, '/nowhere')).status, 404);
  });
}

test('routes added by hand go first', async () => {
  const router = new Router()
    .get('/a', named('get'))
    .head('/a', (req, res) => res.empty(204, { 'x-by': 'hand' }))
    .options('/a', named('options'));
  assert.strictEqual((await inject(router, 'HEAD', '/a')).headers['x-by'], 'hand');
  assert.strictEqual((await inject(router, 'OPTIONS', '/a')).body, 'options');
});

test('what is used sees these answers too', async () => {
  const seen = [];
  const router = new Router().use(async (req, res, context, next) => {
    await next();
    seen.push(req.method);
  });
  await inject(router.get('/a', named('a')), 'OPTIONS', '/a');
  assert.deepStrictEqual(seen, ['OPTIONS']);
});

test('HEAD over a socket', async () => {
  const app = await notes();
  const server = http.createServer(app.listener());
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address();
    const length = await new Promise((resolve, reject) => {
      http.request({ method: 'HEAD', port, host: '127.0.0.1', path: '/notes', agent: false }, (res) => {
        res.resume();
        res.on('end', () => resolve(res.headers['content-length']));
      }).on('error', reject).end();
    });
    assert.strictEqual(Number(length), (await inject(app, 'GET', '/notes')).headers['content-length']);
  } finally {
    server.close();
  }
});
E
if npm test >/dev/null 2>&1; then
	echo "agent: the new tests pass before the change, which can not be" >&2
	exit 1
fi

echo "agent: the change"
cat >lib/methods.js <<'E'
'use strict';

// The methods that a path answers to, given those that its routes have: sorted, ready for an Allow header.
function allowHeader(methods) {
  const all = new Set(methods);
  if (all.has('GET')) all.add('HEAD');
  all.add('OPTIONS');
  return [...all].sort().join(', ');
}

module.exports = { allowHeader };
E
edit lib/router.js <<'E'
swap(`const { readJson } = require('./body');
`, `const { readJson } = require('./body');
const { allowHeader } = require('./methods');
`);
swap(`  async answer(req, res, context) {
    const found = this.find(req.method, context.path);
    if (!found) throw new HttpError(404, 'not found');
`, `  // What answers: HEAD falls back on GET.
  choose(method, path) {
    return this.find(method, path) || (method === 'HEAD' ? this.find('GET', path) : null);
  }

  answerWithoutRoute(req, res, context) {
    const fitting = this.routes.filter((route) => route.pattern.match(context.path));
    if (fitting.length === 0) throw new HttpError(404, 'not found');
    const allow = allowHeader(fitting.map((route) => route.method));
    if (req.method !== 'OPTIONS') throw new HttpError(405, 'method not allowed', { allow });
    res.empty(204, { allow });
  }

  async answer(req, res, context) {
    const found = this.choose(req.method, context.path);
    if (!found) return this.answerWithoutRoute(req, res, context);
`);
swap(`    for (const kind of ['json', 'text', 'empty']) {
`, `    res.bodyless = req.method === 'HEAD';
    for (const kind of ['json', 'text', 'empty']) {
`);
E
edit lib/reply.js <<'E'
swap(`function send(`, `// The answer to a HEAD has the length of the body it leaves out.
function send(`);
swap(`  res.end(bytes);
`, `  if (res.bodyless) res.end();
  else res.end(bytes);
`);
E
npm test

echo "agent: documentation"
mv docs/errors.md docs/answers.md
edit docs/answers.md <<'E'
swap('# Errors\n', '# Answers\n\n## Errors\n');
text += `
## Where no route answers

| request | answer |
| --- | --- |
| HEAD, and GET has a route | that route's, without the body |
| OPTIONS, and some method has a route | 204 with \`Allow\` |
| another method than the path's routes have | 405 with \`Allow\` |
| a path that no route fits | 404 |

\`Allow\` names the methods of all routes that fit the path, HEAD where there is GET, and OPTIONS.
`;
E
edit docs/routing.md <<'E'
swap('## Answers without a route\n\n- No route fits: 404.\n',
  'A route for HEAD or OPTIONS goes before what the router does by itself: see [answers.md](answers.md).\n');
E
edit README.md <<'E'
swap('- `router.use(fn)`', '- HEAD and OPTIONS are answered, and a wrong method is a 405 with `Allow`: [docs/answers.md](docs/answers.md).\n- `router.use(fn)`');
E
edit CHANGELOG.md <<'E'
swap('# Changelog\n', `# Changelog

## Unreleased

- A wrong method is a 405 with \`Allow\`; HEAD is answered by GET, OPTIONS with 204.
`);
E
npm run --silent lint
echo "agent: done"
