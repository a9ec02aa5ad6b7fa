'use strict';

const { Router } = require('./router');
const { HttpError } = require('./errors');
const { log } = require('./log');

module.exports = { Router, HttpError, log };
