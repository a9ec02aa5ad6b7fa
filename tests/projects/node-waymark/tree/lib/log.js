'use strict';

// A function for router.use: one line for each answer, given to `write`.
function log(write, now = Date.now) {
  return async (req, res, context, next) => {
    const start = now();
    try {
      await next();
    } finally {
      write(`${req.method} ${context.path} ${now() - start}ms`);
    }
  };
}

module.exports = { log };
