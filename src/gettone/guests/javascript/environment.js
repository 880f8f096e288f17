'use strict';
/**
 * What this process offers to the project's code: its environment and its globals. Must not know the wire.
 */

const { createRuntime } = require('./runtime.js');
const { createTwilio } = require('./twilio.js');

/** @typedef {import('./deployment.js').Deployment} Deployment */
/** @typedef {import('./client.js').RequireTwilio} RequireTwilio */

// What a program needs to run at all. Everything else that the process was started with is not the project's business.
const KEPT = new Set(['PATH', 'LANG', 'TZ', 'TMPDIR']);
const HOME = '/tmp';

/**
 * Make the variables the process environment, wholesale.
 *
 * Node's own `process.env` asks the C library, and makes a new string, at each read: three of them take longer than a
 * signature. Reads are of a plain object here. What is written is text, and reaches the real environment as well.
 * @param {Record<string, string>} variables
 * @returns {() => void} what undoes it
 */
function replaceEnvironment(variables) {
  const real = process.env;
  const before = { ...real };
  for (const name of Object.keys(before)) if (!KEPT.has(name)) delete real[name];
  Object.assign(real, { HOME }, variables);
  process.env = mirror(real);
  return () => {
    process.env = real;
    for (const name of Object.keys(real)) if (!Object.hasOwn(before, name)) delete real[name];
    Object.assign(real, before);
  };
}

/**
 * Make a folder the current one, as `/var/task` is on Twilio.
 * @param {string} folder
 */
function enterFolder(folder) {
  try {
    process.chdir(folder);
  } catch {
    // Functions that name files by their whole path run all the same.
  }
}

/** @param {NodeJS.ProcessEnv} real */
function mirror(real) {
  return new Proxy(/** @type {NodeJS.ProcessEnv} */ ({ ...real }), {
    set(copy, name, value) {
      const text = String(value);
      Reflect.set(real, name, text);
      return Reflect.set(copy, name, text);
    },
    defineProperty(copy, name, descriptor) {
      const value = String(descriptor.value);
      Reflect.set(real, name, value);
      return Reflect.defineProperty(copy, name, { value, configurable: true, enumerable: true, writable: true });
    },
    deleteProperty(copy, name) {
      Reflect.deleteProperty(real, name);
      return Reflect.deleteProperty(copy, name);
    },
  });
}

/**
 * Define the globals `Twilio` and `Runtime`.
 * @param {Deployment} deployment
 * @param {RequireTwilio} requireTwilio
 */
function defineGlobals(deployment, requireTwilio) {
  const globals = { Twilio: createTwilio(requireTwilio), Runtime: createRuntime(deployment, requireTwilio) };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { configurable: true, enumerable: true, writable: true, value });
  }
}

module.exports = { replaceEnvironment, enterFolder, defineGlobals };
