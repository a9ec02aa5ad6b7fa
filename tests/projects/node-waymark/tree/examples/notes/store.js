'use strict';

class Store {
  constructor() {
    this.notes = new Map();
    this.next = 1;
  }

  add(text) {
    const note = { id: String(this.next++), text };
    this.notes.set(note.id, note);
    return note;
  }

  get(id) {
    return this.notes.get(id) || null;
  }

  remove(id) {
    return this.notes.delete(id);
  }

  search(word) {
    const wanted = word.toLowerCase();
    return [...this.notes.values()].filter((note) => note.text.toLowerCase().includes(wanted));
  }
}

module.exports = { Store };
