'use strict';
/**
 * `context.getTwilioClient()`: an object at once, the official client behind it at the first use of a member. What is
 * missing is an error then, so that code which asks for a client and never uses it runs. Must not know invocations.
 */

/** @typedef {(inside?: string) => any} RequireTwilio */

/** The variables do not make a client. */
class ClientError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ClientError';
    this.code = 'INVALID_CONFIG';
  }
}

/**
 * The official client, now.
 * @param {Record<string, string>} variables
 * @param {RequireTwilio} requireTwilio
 * @param {object} [options] the client's own
 * @returns {any}
 * @throws {ClientError}
 */
function openClient(variables, requireTwilio, options) {
  const { ACCOUNT_SID, AUTH_TOKEN } = variables;
  const missing = ['ACCOUNT_SID', 'AUTH_TOKEN'].filter((name) => !variables[name]);
  if (missing.length > 0) {
    const [noun, pronoun] = missing.length === 1 ? ['variable', 'it'] : ['variables', 'them'];
    throw new ClientError(
      `The Twilio client needs the ${noun} ${missing.join(' and ')}: set ${pronoun} in this environment.`,
    );
  }
  if (!/^AC[0-9a-fA-F]{32}$/.test(ACCOUNT_SID)) {
    throw new ClientError('The variable ACCOUNT_SID is not an Account SID: AC and 32 hexadecimal digits.');
  }
  if (AUTH_TOKEN.length !== 32)
    throw new ClientError('The variable AUTH_TOKEN is no auth token: one has 32 characters.');
  return requireTwilio()(ACCOUNT_SID, AUTH_TOKEN, { lazyLoading: true, ...options });
}

/**
 * @param {() => any} open
 * @returns {object} stands for what `open` gives, and calls it once
 */
function createLazyClient(open) {
  /** @type {any} */
  let client = null;
  const use = () => (client ??= open());
  return new Proxy(/** @type {any} */ ({}), {
    get(target, name) {
      // `await client` asks for `then`, printing asks for symbols: neither is a use.
      if (client === null && (name === 'then' || typeof name === 'symbol')) return Reflect.get(target, name);
      return Reflect.get(use(), name, client);
    },
    set: (_, name, value) => Reflect.set(use(), name, value),
    has: (_, name) => Reflect.has(use(), name),
    deleteProperty: (_, name) => Reflect.deleteProperty(use(), name),
    getPrototypeOf: (target) => Reflect.getPrototypeOf(client ?? target),
  });
}

module.exports = { openClient, createLazyClient, ClientError };
