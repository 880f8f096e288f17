'use strict';
/**
 * From a function's file to its handler: CommonJS, ES modules, TypeScript. Must not know invocations.
 *
 * A module is loaded at its function's first invocation. Node decides what kind of module a file is.
 */

const { GuidedError } = require('./failures.js');
const { SIGNATURE } = require('./hints.js');

/**
 * @typedef {import('./deployment.js').Deployment} Deployment
 * @typedef {import('./deployment.js').Handler} Handler
 * @typedef {import('./deployment.js').LocalFunction} LocalFunction
 */

const MODULE_SIGNATURE = 'export const handler = function (context, event, callback) { ... }';

/**
 * Load the function's module and find its handler. Fills `fn.handler` and `fn.exports`, or `fn.broken`.
 * @param {LocalFunction} fn
 * @param {Deployment} deployment
 * @param {NodeJS.Require} requireUser
 * @returns {Handler | Promise<Handler>} a promise only where the module waits for something itself
 * @throws {unknown} whatever the module throws
 */
function loadHandler(fn, deployment, requireUser) {
  if (fn.broken !== null) throw fn.broken;
  try {
    return findHandler(fn, requireUser(fn.file));
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error ?? {});
    if (code === 'ERR_REQUIRE_ASYNC_MODULE') return importHandler(fn);
    const { isUnplaced, place } = require('./syntax.js');
    if (!isUnplaced(error)) throw error;
    // The search takes a moment, and files do not change under a worker: remember what it found.
    fn.broken = error;
    return place(/** @type {Error} */ (error), fn, deployment).then(() => {
      throw error;
    });
  }
}

/** @param {LocalFunction} fn */
async function importHandler(fn) {
  const { pathToFileURL } = require('node:url');
  return findHandler(fn, await import(pathToFileURL(fn.file).href));
}

/**
 * @param {LocalFunction} fn
 * @param {any} exports
 * @returns {Handler}
 */
function findHandler(fn, exports) {
  const holder = typeof exports?.handler === 'function' ? exports : exports?.default;
  const isModule = exports?.[Symbol.toStringTag] === 'Module';
  const handler = typeof holder?.handler === 'function' ? holder.handler : isModule ? holder : undefined;
  if (typeof handler !== 'function') throw missingHandler(fn, exports, isModule);
  fn.exports = holder;
  fn.handler = handler;
  return handler;
}

/**
 * @param {LocalFunction} fn
 * @param {any} exports
 * @param {boolean} isModule
 */
function missingHandler(fn, exports, isModule) {
  const names = Object.keys(exports ?? {});
  const found = names.length === 0 ? 'It exports nothing.' : `It exports ${names.slice(0, 5).join(', ')}.`;
  const advice = `Write ${isModule ? MODULE_SIGNATURE : SIGNATURE}`;
  return new GuidedError(`${fn.source} has no handler. ${found} ${advice}`, {
    name: 'HandlerMissing',
    file: fn.source,
    hint: advice,
  });
}

module.exports = { loadHandler };
