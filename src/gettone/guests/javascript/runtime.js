'use strict';
/**
 * The global `Runtime`: the deployment's functions, private assets and Sync. Must not know how functions are run.
 */

const fs = require('node:fs');
const { openClient } = require('./client.js');

/** @typedef {import('./deployment.js').Deployment} Deployment */
/** @typedef {import('./client.js').RequireTwilio} RequireTwilio */

/**
 * @param {Pick<Deployment, 'files' | 'assets' | 'variables'>} deployment
 * @param {RequireTwilio} requireTwilio
 */
function createRuntime(deployment, requireTwilio) {
  return {
    /** The deployment's functions, of all languages: `require(Runtime.getFunctions()['a/b'].path)`. */
    getFunctions() {
      /** @type {Record<string, {path: string}>} */
      const functions = {};
      for (const [name, file] of deployment.files) functions[name] = { path: file };
      return functions;
    },

    /** The private assets: `Runtime.getAssets()['/a.txt'].open()` is the asset as text. */
    getAssets() {
      /** @type {Record<string, {path: string, open: () => string}>} */
      const assets = {};
      for (const { name, file } of deployment.assets)
        assets[name] = { path: file, open: () => fs.readFileSync(file, 'utf8') };
      return assets;
    },

    /**
     * The Sync service, from the official client, with `maps` and `lists` as Twilio's runtime has them.
     * @param {{serviceName?: string}} [options]
     */
    getSync({ serviceName = 'default', ...options } = {}) {
      const service = openClient(deployment.variables, requireTwilio, options).sync.v1.services(
        serviceName || 'default',
      );
      service.maps = service.syncMaps;
      service.lists = service.syncLists;
      return service;
    },
  };
}

module.exports = { createRuntime };
