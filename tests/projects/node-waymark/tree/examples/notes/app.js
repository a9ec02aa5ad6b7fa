'use strict';

const { Router, HttpError } = require('../../lib');
const { Store } = require('./store');

function required(value, name) {
  if (typeof value !== 'string' || value === '') throw new HttpError(422, `${name} is missing`);
  return value;
}

function found(note) {
  if (!note) throw new HttpError(404, 'no such note');
  return note;
}

function createApp(store = new Store(), options = {}) {
  return new Router(options)
    .get('/notes', (req, res, { query }) => res.json(200, store.search(query.q || '')))
    .get('/notes/:id', (req, res, { params }) => res.json(200, found(store.get(params.id))))
    .delete('/notes/:id', (req, res, { params }) => {
      if (!store.remove(params.id)) found(null);
      res.empty(204);
    })
    .post('/notes', async (req, res) => {
      const { text } = await req.json();
      const note = store.add(required(text, 'text'));
      res.json(201, note, { location: `/notes/${note.id}` });
    })
    .post('/notes/search', async (req, res) => {
      const { word } = await req.json();
      res.json(200, store.search(required(word, 'word')));
    });
}

module.exports = { createApp };
