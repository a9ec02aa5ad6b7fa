'use strict';

const { Readable } = require('node:stream');

// Asks a router without a socket; gives { status, headers, body, json }.
async function inject(router, method, url, { headers = {}, body = '' } = {}) {
  const req = Readable.from(body === '' ? [] : [Buffer.from(body)]);
  const answer = { status: 0, headers: {}, body: '' };
  const res = {
    headersSent: false,
    writeHead(status, given) {
      this.headersSent = true;
      answer.status = status;
      answer.headers = { ...given };
    },
    end(bytes) {
      answer.body = bytes ? bytes.toString('utf8') : '';
    },
    destroy() {
      answer.destroyed = true;
    },
  };
  Object.assign(req, { method, url, headers });
  await router.handle(req, res);
  answer.json = () => JSON.parse(answer.body);
  return answer;
}

function withJson(value) {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

module.exports = { inject, withJson };
