'use strict';

const http = require('node:http');
const { log } = require('../../lib');
const { createApp } = require('./app');

const port = Number(process.env.PORT || 8080);
const app = createApp();

app.use(log((line) => process.stdout.write(`${line}\n`)));
http.createServer(app.listener()).listen(port, '127.0.0.1', () => {
  process.stdout.write(`notes on http://127.0.0.1:${port}/notes\n`);
});
