'use strict';

const { STATUS_CODES } = require('node:http');

class HttpError extends Error {
  constructor(status, message, headers = {}) {
    super(message || STATUS_CODES[status] || 'error');
    this.status = status;
    this.headers = headers;
  }
}

// What a client may see of an error.
function describe(error) {
  if (error instanceof HttpError) {
    return { status: error.status, message: error.message, headers: error.headers };
  }
  return { status: 500, message: 'internal error', headers: {} };
}

module.exports = { HttpError, describe };
