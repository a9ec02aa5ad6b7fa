'use strict';

// Every file parses, is strict, ends its lines cleanly, and the library never writes to the console.

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const RULES = [
  [/^/, (text) => !text.startsWith("'use strict';\n"), "does not start with 'use strict'"],
  [/^/, (text) => /[ \t]+$/m.test(text), 'has blanks at a line end'],
  [/^/, (text) => !text.endsWith('\n'), 'does not end with a newline'],
  [/^lib\//, (text) => /\bconsole\./.test(text), 'writes to the console'],
];

function filesBelow(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(dir, entry.name);
    if (entry.isDirectory()) return filesBelow(name);
    return name.endsWith('.js') ? [name] : [];
  });
}

function problemsOf(name) {
  const text = fs.readFileSync(name, 'utf8');
  const problems = RULES.filter(([where, broken]) => where.test(name) && broken(text)).map((rule) => rule[2]);
  try {
    new vm.Script(`(function (exports, require, module) {${text}\n})`, { filename: name });
  } catch (error) {
    problems.push(error.message);
  }
  return problems.map((problem) => `${name}: ${problem}`);
}

const problems = process.argv.slice(2).flatMap(filesBelow).flatMap(problemsOf);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
