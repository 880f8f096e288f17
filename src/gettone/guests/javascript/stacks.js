'use strict';
/**
 * Where an error came from, and its stack in the project's own names. Must not know handlers or invocations.
 */

const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** @typedef {import('./deployment.js').Deployment} Deployment */
/** @typedef {{file: string, line: number | null, column: number | null, text: string | null}} Place */

const LINE_LENGTH_MAX = 400;
// `    at name (/a/b.js:1:2)`, `    at async file:///a/b.mjs:1:2`
const FRAME = /^(?<before>\s+at .*?)(?<file>(?:file:\/\/)?\/[^():\n]+):(?<line>\d+):(?<column>\d+)(?<after>\)?)$/;
// What Node puts before the stack of code that does not parse: the place, some lines up to the one that is meant, a
// caret below its column. Under a character that is not ASCII the caret itself may be missing.
const HEADLINE = /^(?<file>(?:file:\/\/)?\/[^\n]+):(?<line>\d+)\n(?<snippet>[^]*?)\n(?<caret>[ \t]*)\^+[ \t]*\n/;
const HEADLINE_WITHOUT_CARET = /^(?<file>(?:file:\/\/)?\/[^\n]+):(?<line>\d+)\n(?<snippet>[^\n]*)\n(?<caret>[ \t]*)\n/;

/**
 * The first place of an error that is in the deployment's own code.
 * @param {Error} error
 * @param {Deployment} deployment
 * @returns {Place | null}
 */
function locate(error, deployment) {
  const { stack } = error;
  if (typeof stack !== 'string') return null;
  const headline = locateHeadline(stack);
  if (headline !== null && isOwn(headline.file, deployment)) return headline;
  for (const line of stack.split('\n')) {
    const found = FRAME.exec(line)?.groups;
    if (found === undefined) continue;
    const file = toPath(found.file);
    if (isOwn(file, deployment)) return { file, line: Number(found.line), column: Number(found.column), text: null };
  }
  return null;
}

/**
 * Read the place that stands before a stack.
 * @param {string} stack
 * @returns {Place | null}
 */
function locateHeadline(stack) {
  const found = (HEADLINE.exec(stack) ?? HEADLINE_WITHOUT_CARET.exec(stack))?.groups;
  if (found === undefined) return null;
  const { file, line, snippet, caret } = found;
  const text = snippet.slice(snippet.lastIndexOf('\n') + 1).trimEnd();
  return { file: toPath(file), line: Number(line), column: caret.length + 1, text: text.slice(0, LINE_LENGTH_MAX) };
}

/**
 * @param {string} file
 * @param {Deployment} deployment
 */
function isOwn(file, deployment) {
  return deployment.source(file) !== null && !file.includes('/node_modules/');
}

/**
 * Drop the frames of the guest and of Node's inside, and name files as the project does.
 * @param {string} stack
 * @param {Deployment} deployment
 */
function tidyStack(stack, deployment) {
  const lines = stack.split('\n').filter((line) => !isInner(line));
  return lines.map((line) => tidyLine(line, deployment)).join('\n');
}

/**
 * @param {string} line
 * @param {Deployment} deployment
 */
function tidyLine(line, deployment) {
  const frame = FRAME.exec(line)?.groups;
  if (frame === undefined) return tidyText(line, deployment);
  const file = deployment.source(toPath(frame.file)) ?? frame.file;
  return `${frame.before}${file}:${frame.line}:${frame.column}${frame.after}`;
}

/**
 * Name files as the project does, wherever a text names them.
 * @param {string} text
 * @param {Deployment} deployment
 */
function tidyText(text, deployment) {
  return text.replace(filePattern(deployment), (whole) => deployment.source(toPath(whole)) ?? whole);
}

/** @param {string} line */
function isInner(line) {
  return (
    /^\s+at /.test(line) &&
    (line.includes(`${__dirname}/`) || line.includes('node:internal/')) &&
    !line.includes('/node_modules/')
  );
}

/** @type {WeakMap<Deployment, RegExp>} */
const patterns = new WeakMap();

/** @param {Deployment} deployment */
function filePattern(deployment) {
  let pattern = patterns.get(deployment);
  if (pattern === undefined) {
    const roots = deployment.roots.map((root) => root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    pattern = new RegExp(`(?:file://)?(?:${roots.join('|')})[^\\s'"():]+`, 'g');
    patterns.set(deployment, pattern);
  }
  return pattern;
}

/** @param {string} name a path or a file URL */
function toPath(name) {
  if (!name.startsWith('file://')) return path.normalize(name);
  try {
    return fileURLToPath(name);
  } catch {
    return name;
  }
}

/**
 * One line of a file, without the white space at its end; null where there is none.
 * @param {string} file
 * @param {number | null} line from 1
 */
function readLine(file, line) {
  if (line === null || line < 1) return null;
  try {
    const text = fs.readFileSync(file, 'utf8').split(/\r\n|\n|\r/, line)[line - 1];
    return text === undefined ? null : text.trimEnd().slice(0, LINE_LENGTH_MAX);
  } catch {
    return null;
  }
}

module.exports = { locate, locateHeadline, readLine, tidyStack, tidyText };
