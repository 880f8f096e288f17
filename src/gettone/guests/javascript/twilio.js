'use strict';
/**
 * The global `Twilio`. `Response` and `jwt.AccessToken` are ours and always there; every other member comes from the
 * `twilio` package when it is first touched. Must not know deployments or invocations.
 *
 * State: the members that are not loaded stand as accessors. The first touch of one replaces it; the first touch of an
 * unknown name loads the whole package and replaces them all.
 */

const { Response } = require('./response.js');

/** @typedef {(inside?: string) => any} RequireTwilio */

// What twilio 6 exports. Another version may have other members: they are found once the package is loaded.
const MEMBERS = [
  'Twilio',
  'jwt',
  'twiml',
  'RequestClient',
  'RestException',
  'ClientCredentialProviderBuilder',
  'OrgsCredentialProviderBuilder',
  'NoAuthCredentialProvider',
  'validateBody',
  'validateRequest',
  'validateRequestWithBody',
  'validateExpressRequest',
  'validateIncomingRequest',
  'getExpectedBodyHash',
  'getExpectedTwilioSignature',
  'webhook',
];
const SIGNATURES = /^(validate|getExpected|webhook)/;
const TOKENS = ['ValidationToken', 'ClientCapability', 'taskrouter'];
const DOCUMENTS = ['VoiceResponse', 'MessagingResponse', 'FaxResponse'];
// Asked for by `await`, by JSON and by inspection, never by a program that wants a member.
const QUIET = new Set(['then', 'toJSON', 'inspect', 'nodeType', 'asymmetricMatch']);

/**
 * @param {RequireTwilio} requireTwilio the package, or a module inside it
 */
function createTwilio(requireTwilio) {
  const whole = () => requireTwilio();

  /** @param {unknown[]} args */
  function Twilio(...args) {
    return new (whole().Twilio)(...args);
  }

  const jwt = {};
  Object.defineProperty(jwt, 'AccessToken', {
    configurable: true,
    enumerable: true,
    get() {
      const { AccessToken } = require('./tokens.js');
      define(jwt, 'AccessToken', AccessToken);
      return AccessToken;
    },
    set: (value) => define(jwt, 'AccessToken', value),
  });
  const twiml = {};
  define(Twilio, 'Response', Response);
  define(Twilio, 'jwt', jwt);
  define(Twilio, 'twiml', twiml);
  lend(jwt, TOKENS, () => whole().jwt);
  // One TwiML class takes a tenth of the time that the whole package takes, and it is the same class.
  lend(
    twiml,
    DOCUMENTS,
    () => whole().twiml,
    (name) => requireTwilio(`lib/twiml/${name}`),
  );
  lend(Twilio, MEMBERS, whole, (name) => (SIGNATURES.test(name) ? requireTwilio('lib/webhooks/webhooks')[name] : null));
  return Twilio;
}

/**
 * Let `target` have the members of something that is not loaded yet. What it has already stays.
 * @param {object} target
 * @param {string[]} names those that are known
 * @param {() => object} load gives all of them
 * @param {(name: string) => unknown} [loadOne] gives one at less cost, or nothing
 */
function lend(target, names, load, loadOne) {
  const plain = Object.getPrototypeOf(target);
  const own = new Set(Reflect.ownKeys(target));
  const fill = () => {
    const loaded = /** @type {Record<string, unknown>} */ (load());
    Object.setPrototypeOf(target, plain);
    for (const name of names) if (!own.has(name) && !(name in loaded)) Reflect.deleteProperty(target, name);
    for (const name of Object.keys(loaded)) if (!own.has(name)) define(target, name, loaded[name]);
  };
  /** @param {string} name */
  const one = (name) => {
    try {
      const found = /** @type {any} */ (loadOne?.(name));
      return typeof found?.default === 'function' ? found.default : found;
    } catch {
      return undefined; // another version, laid out differently: the whole package knows
    }
  };
  for (const name of names) {
    if (own.has(name)) continue;
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: true,
      get() {
        const found = one(name);
        if (typeof found === 'function') define(target, name, found);
        else fill();
        return Object.getOwnPropertyDescriptor(target, name)?.value;
      },
      set: (value) => {
        own.add(name);
        define(target, name, value);
      },
    });
  }
  const isKnown = (/** @type {string | symbol} */ name) => typeof name === 'symbol' || name in plain || QUIET.has(name);
  Object.setPrototypeOf(
    target,
    new Proxy(plain, {
      get(_, name, receiver) {
        if (isKnown(name)) return Reflect.get(plain, name, receiver);
        fill();
        return Reflect.get(target, name, receiver);
      },
      has(_, name) {
        if (isKnown(name)) return name in plain;
        fill();
        return name in target;
      },
    }),
  );
}

/**
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function define(target, name, value) {
  Object.defineProperty(target, name, { configurable: true, enumerable: true, writable: true, value });
}

module.exports = { createTwilio };
