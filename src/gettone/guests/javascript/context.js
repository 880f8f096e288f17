'use strict';
/**
 * What a handler gets as `context`. Must not know how handlers are run.
 */

const { createLazyClient, openClient } = require('./client.js');

/** @typedef {import('./deployment.js').Deployment} Deployment */
/** @typedef {import('./client.js').RequireTwilio} RequireTwilio */

/**
 * All that is in the context of one function, to be copied for each invocation.
 *
 * Variables override what the platform sets, as in Twilio's runtime; `getTwilioClient` cannot be overridden.
 * @param {Pick<Deployment, 'variables' | 'names'>} deployment
 * @param {string} path of the function
 * @param {RequireTwilio} requireTwilio
 */
function createContext({ variables, names }, path, requireTwilio) {
  return {
    PATH: path,
    DOMAIN_NAME: names.DOMAIN_NAME,
    SERVICE_SID: names.SERVICE_SID,
    ENVIRONMENT_SID: names.ENVIRONMENT_SID,
    ...variables,
    /** @param {object} [options] */
    getTwilioClient: (options) => createLazyClient(() => openClient(variables, requireTwilio, options)),
  };
}

module.exports = { createContext };
