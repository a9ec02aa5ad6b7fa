'use strict';

// parseUrl('/a?x=1&x=2&y=') gives { path: '/a', query: { x: ['1', '2'], y: '' } }, without a prototype.
function parseUrl(url) {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = Object.create(null);
  const search = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  return { path, query };
}

module.exports = { parseUrl };
