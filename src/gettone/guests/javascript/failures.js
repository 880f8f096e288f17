'use strict';
/**
 * What went wrong in a handler, as the host is told it. Must not know invocations or the wire.
 */

const { hint } = require('./hints.js');
const { locate, readLine, tidyStack, tidyText } = require('./stacks.js');

/**
 * @typedef {import('./deployment.js').Deployment} Deployment
 * @typedef {import('./deployment.js').LocalFunction} LocalFunction
 * @typedef {import('./stacks.js').Place} Place
 * @typedef {{
 *   function: string, message: string, name: string, file: string | null, line: number | null, column: number | null,
 *   text: string | null, hint: string | null,
 * }} Problem
 * @typedef {{
 *   error: {message: string, name: string, code: string | number | null},
 *   stack: string | null,
 *   problem: Problem | null,
 * }} Failure
 */

// Taken before any handler can replace it.
const { stringify } = JSON;

const MESSAGE_LENGTH_MAX = 8192;
const STACK_LENGTH_MAX = 16384;
const CAUSES_MAX = 3;

/** An error of ours that says where, and what to write instead. */
class GuidedError extends Error {
  /**
   * @param {string} message
   * @param {{name: string, file: string, hint: string}} guide
   */
  constructor(message, guide) {
    super(message);
    this.name = guide.name;
    this.guide = guide;
  }
}

/** @type {WeakMap<object, Place>} */
const places = new WeakMap();

/**
 * Remember where an error came from, for one whose stack does not say it.
 * @param {object} error
 * @param {Place | null} place
 */
function setPlace(error, place) {
  if (place !== null) places.set(error, place);
}

/**
 * @param {object} error
 * @returns {Place | null}
 */
function placeOf(error) {
  return places.get(error) ?? null;
}

/**
 * @param {unknown} error anything that was thrown, rejected or handed to `callback`
 * @param {LocalFunction} fn
 * @param {Deployment} deployment
 * @returns {Failure}
 */
function describe(error, fn, deployment) {
  try {
    return describeReadable(error, fn, deployment);
  } catch {
    // A getter or a proxy of the handler's own threw while we read its error.
    return {
      error: { message: 'The handler failed with an error that cannot be read.', name: 'Error', code: null },
      stack: null,
      problem: null,
    };
  }
}

/**
 * @param {unknown} error
 * @param {LocalFunction} fn
 * @param {Deployment} deployment
 * @returns {Failure}
 */
function describeReadable(error, fn, deployment) {
  const told = tell(error, deployment);
  if (error instanceof GuidedError) {
    const { file, hint: advice } = error.guide;
    const problem = {
      function: fn.path,
      message: told.message,
      name: told.name,
      file,
      line: null,
      column: null,
      text: null,
      hint: advice,
    };
    return { error: told, stack: null, problem };
  }
  if (!isError(error)) return { error: told, stack: null, problem: null };
  return { error: told, stack: stackOf(error, deployment), problem: findProblem(error, told, fn, deployment) };
}

/**
 * @param {unknown} error
 * @param {Deployment} deployment
 */
function tell(error, deployment) {
  if (typeof error !== 'object' || error === null) {
    return { message: shorten(String(error), MESSAGE_LENGTH_MAX), name: 'Error', code: null };
  }
  const { message, name, code } = /** @type {Record<string, unknown>} */ (error);
  const text = typeof message === 'string' ? tidyMessage(message, deployment) : showObject(error);
  return {
    message: shorten(text, MESSAGE_LENGTH_MAX),
    name: typeof name === 'string' && name !== '' ? shorten(name, 200) : 'Error',
    code:
      typeof code === 'string' ? shorten(code, 200) : Number.isSafeInteger(code) ? /** @type {number} */ (code) : null,
  };
}

/**
 * @param {string} message
 * @param {Deployment} deployment
 */
function tidyMessage(message, deployment) {
  // Node adds the list of modules that led there; the stack says it again.
  return tidyText(message.split('\nRequire stack:', 1)[0], deployment);
}

/** @param {object} error */
function showObject(error) {
  try {
    return stringify(error) ?? String(error);
  } catch {
    return Object.prototype.toString.call(error);
  }
}

/**
 * @param {Error} error
 * @param {Deployment} deployment
 */
function stackOf(error, deployment) {
  const stacks = [];
  /** @type {unknown} */
  let current = error;
  while (isError(current) && stacks.length < CAUSES_MAX) {
    if (typeof current.stack !== 'string') break;
    stacks.push(tidyStack(current.stack, deployment));
    current = current.cause;
  }
  return stacks.length === 0 ? null : shorten(stacks.join('\nCaused by: '), STACK_LENGTH_MAX);
}

/**
 * @param {Error} error
 * @param {{message: string, name: string}} told
 * @param {LocalFunction} fn
 * @param {Deployment} deployment
 * @returns {Problem | null}
 */
function findProblem(error, told, fn, deployment) {
  const place = placeOf(error) ?? locate(error, deployment);
  if (place === null) return null;
  const text = place.text ?? readLine(place.file, place.line);
  const before = place.line === null ? null : readLine(place.file, place.line - 1);
  const advice = hint({
    error,
    message: told.message,
    file: place.file,
    text,
    before,
    column: place.column,
    variables: deployment.variables,
  });
  return {
    function: fn.path,
    message: told.message,
    name: told.name,
    file: deployment.source(place.file) ?? fn.source,
    line: place.line,
    column: place.column,
    text,
    hint: advice,
  };
}

/**
 * @param {unknown} error
 * @returns {error is Error}
 */
function isError(error) {
  return error instanceof Error || Object.prototype.toString.call(error) === '[object Error]';
}

/**
 * @param {string} text
 * @param {number} length
 */
function shorten(text, length) {
  return text.length <= length ? text : `${text.slice(0, length)}...`;
}

module.exports = { describe, placeOf, setPlace, GuidedError };
