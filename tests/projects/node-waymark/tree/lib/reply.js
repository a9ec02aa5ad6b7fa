'use strict';

function send(res, status, headers, body) {
  const bytes = Buffer.from(body, 'utf8');
  res.writeHead(status, { ...headers, 'content-length': bytes.length });
  res.end(bytes);
}

function json(res, status, value, headers = {}) {
  send(res, status, { 'content-type': 'application/json; charset=utf-8', ...headers }, JSON.stringify(value) + '\n');
}

function text(res, status, value, headers = {}) {
  send(res, status, { 'content-type': 'text/plain; charset=utf-8', ...headers }, value);
}

function empty(res, status, headers = {}) {
  res.writeHead(status, headers);
  res.end();
}

module.exports = { json, text, empty };
