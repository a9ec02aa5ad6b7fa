'use strict';

const { compile } = require('./pattern');
const { parseUrl } = require('./query');
const { HttpError, describe } = require('./errors');
const { readJson } = require('./body');
const reply = require('./reply');

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

class Router {
  constructor({ onError = () => {} } = {}) {
    this.routes = [];
    this.before = [];
    this.onError = onError;
  }

  use(fn) {
    this.before.push(fn);
    return this;
  }

  add(method, path, handler) {
    if (!METHODS.includes(method)) throw new TypeError(`no such method: ${method}`);
    this.routes.push({ method, pattern: compile(path), handler });
    return this;
  }

  // The first route that fits method and path, with its params; null where there is none.
  find(method, path) {
    for (const route of this.routes) {
      if (route.method !== method) continue;
      const params = route.pattern.match(path);
      if (params) return { route, params };
    }
    return null;
  }

  async answer(req, res, context) {
    const found = this.find(req.method, context.path);
    if (!found) throw new HttpError(404, 'not found');
    context.params = found.params;
    await found.route.handler(req, res, context);
  }

  async run(req, res, context, step = 0) {
    if (step === this.before.length) return this.answer(req, res, context);
    return this.before[step](req, res, context, () => this.run(req, res, context, step + 1));
  }

  async handle(req, res) {
    const context = { ...parseUrl(req.url), params: Object.create(null) };
    req.json = (limit) => readJson(req, limit);
    for (const kind of ['json', 'text', 'empty']) {
      res[kind] = (...given) => reply[kind](res, ...given);
    }
    try {
      await this.run(req, res, context);
    } catch (error) {
      this.fail(error, res);
    }
  }

  fail(error, res) {
    const { status, message, headers } = describe(error);
    if (status === 500) this.onError(error);
    if (res.headersSent) res.destroy();
    else reply.json(res, status, { error: { status, message } }, headers);
  }

  listener() {
    return (req, res) => this.handle(req, res);
  }
}

for (const method of METHODS) {
  Router.prototype[method.toLowerCase()] = function (path, handler) {
    return this.add(method, path, handler);
  };
}

module.exports = { Router };
