'use strict';

const { HttpError } = require('./errors');

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function segmentsOf(path) {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, 'malformed path');
  }
}

function parseSegment(text, isLast) {
  const kind = text[0] === ':' ? 'one' : text[0] === '*' ? 'rest' : 'literal';
  if (kind === 'literal') return { kind, text };
  const name = text.slice(1);
  if (!NAME.test(name)) throw new TypeError(`not a parameter name: ${text}`);
  if (kind === 'rest' && !isLast) throw new TypeError(`${text} must be the last segment`);
  return { kind, name };
}

// compile('/notes/:id') gives { source, match(path) }; match returns the params, or null where the path does not fit.
function compile(source) {
  if (!source.startsWith('/')) throw new TypeError(`a path starts with a slash: ${source}`);
  const texts = segmentsOf(source);
  const parts = texts.map((text, i) => parseSegment(text, i === texts.length - 1));
  const takesRest = parts.length > 0 && parts[parts.length - 1].kind === 'rest';

  function match(path) {
    const given = segmentsOf(path);
    if (given.includes('')) return null;
    if (takesRest ? given.length < parts.length : given.length !== parts.length) return null;
    const found = [];
    for (const [i, part] of parts.entries()) {
      if (part.kind === 'literal' && part.text !== given[i]) return null;
      if (part.kind === 'one') found.push([part.name, given.slice(i, i + 1)]);
      if (part.kind === 'rest') found.push([part.name, given.slice(i)]);
    }
    const params = Object.create(null);
    for (const [name, raw] of found) params[name] = raw.map(decode).join('/');
    return params;
  }

  return { source, match };
}

module.exports = { compile };
