'use strict';
/**
 * Which file a `require` or `import` in the project means. Must not know handlers or invocations.
 *
 * Node's own rules hold. One thing is added: where the project has no `twilio` of its own, the pinned one answers.
 */

const { createRequire, registerHooks } = require('node:module');
const { pathToFileURL } = require('node:url');

const MISSING = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);

class Packages {
  /**
   * @param {string} root the task root
   * @param {string | null} pinned the folder of the pinned `twilio`
   */
  constructor(root, pinned) {
    this.pinned = pinned;
    /** Requires a file as the project's own code would. */
    this.require = createRequire(`${root}/handlers/`);
    if (pinned !== null) this.#fallBackTo(pinned);
  }

  /**
   * The `twilio` package, or a module inside it (`lib/twiml/VoiceResponse`): the project's own, else the pinned one.
   * @param {string} [inside]
   * @returns {any}
   * @throws {Error} where there is neither
   */
  twilio(inside) {
    const name = inside === undefined ? 'twilio' : `twilio/${inside}`;
    try {
      return this.require(name);
    } catch (error) {
      if (inside !== undefined || !isMissing(error, 'twilio')) throw error;
      throw new Error(
        'The package twilio is not installed: add it to the dependencies in package.json and run npm install.',
      );
    }
  }

  /** @param {string} pinned */
  #fallBackTo(pinned) {
    // A search that finds nothing is slow, and some handlers require at each invocation.
    /** @type {Map<string, string>} */
    const lent = new Map();
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== 'twilio' && !specifier.startsWith('twilio/')) return next(specifier, context);
        const key = `${specifier} ${context.parentURL}`;
        const known = lent.get(key);
        if (known !== undefined) return { url: known, shortCircuit: true };
        try {
          return next(specifier, context);
        } catch (error) {
          if (!isMissing(error, specifier) || (specifier !== 'twilio' && has('twilio', context, next))) throw error;
          const { href } = pathToFileURL(require.resolve(pinned + specifier.slice('twilio'.length)));
          lent.set(key, href);
          return { url: href, shortCircuit: true };
        }
      },
    });
  }
}

/**
 * Does the project have a package of its own? Parts of two versions do not go together.
 * @param {string} name
 * @param {import('node:module').ResolveHookContext} context
 * @param {(specifier: string, context: import('node:module').ResolveHookContext) => unknown} next
 */
function has(name, context, next) {
  try {
    next(name, context);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {unknown} error
 * @param {string} specifier
 */
function isMissing(error, specifier) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  return (
    code !== undefined && MISSING.has(code) && (message.includes(`'${specifier}'`) || message.includes("'twilio'"))
  );
}

module.exports = { Packages };
