'use strict';
/**
 * Call your own handlers in a test, as Gettone calls them: the same loading, context, globals and results, without a
 * server. Works in any test runner; with Node's own:
 *
 *     const test = require('node:test');
 *     const assert = require('node:assert/strict');
 *     const { call } = require('<this file>');
 *
 *     test('a token is for who asks', async () => {
 *       const answer = await call('functions/create-room-token.js', {
 *         event: { identity: 'alice' },
 *         variables: { ACCOUNT_SID: 'AC...', API_KEY: 'SK...', API_SECRET: '...' },
 *       });
 *       assert.equal(answer.status, 200);
 *     });
 *
 * Calls run one after another, since each has a process environment of its own. Modules stay loaded between them, as in
 * a warm worker. Must not know the wire.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const fs = require('node:fs');
const path = require('node:path');
const { createContext } = require('./context.js');
const { Deployment } = require('./deployment.js');
const { defineGlobals, replaceEnvironment } = require('./environment.js');
const { Invocation } = require('./invocation.js');
const { loadHandler } = require('./loading.js');
const { captureConsole } = require('./logs.js');
const { Packages } = require('./packages.js');

/**
 * @typedef {import('./output.js').Level} Level
 * @typedef {import('./invocation.js').Outcome} Outcome
 * @typedef {import('./failures.js').Failure} Failure
 * @typedef {{
 *   event?: Record<string, unknown>, variables?: Record<string, string>, headers?: Record<string, string | string[]>,
 *   cookies?: Record<string, string>, timeoutSeconds?: number,
 * }} CallOptions
 * @typedef {{
 *   status: number, headers: Record<string, string | string[]>, body: string | Buffer, json(): any,
 *   logs: {level: Level, text: string}[], failure: Failure | null,
 * }} CallAnswer `headers` by their names in lower case; `body` is a Buffer where the handler sent bytes
 */

const LANGUAGES = /** @type {Record<string, string>} */ ({
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.ts': 'javascript',
  '.py': 'python',
});
const LIMITS = { log_bytes: 1 << 20, response_bytes: 4 << 20 };
const TIMEOUT_SECONDS = 10;
const JSON_TYPE = 'application/json; charset=utf-8';

/** @type {AsyncLocalStorage<Invocation>} */
const storage = new AsyncLocalStorage();
/** @type {Map<string, Packages>} */
const packagesOf = new Map();
/** @type {Promise<unknown>} */
let last = Promise.resolve();
let isCapturing = false;

/**
 * Call the handler of a file.
 * @param {string} file such as `functions/create-room-token.js`, from the current folder
 * @param {CallOptions} [options]
 * @returns {Promise<CallAnswer>} what a client would get; a failed handler is a 500 with `failure` set
 */
function call(file, options = {}) {
  const next = last.then(() => callNow(path.resolve(file), options));
  last = next.catch(() => {});
  return next;
}

/**
 * @param {string} file
 * @param {CallOptions} options
 */
async function callNow(file, options) {
  const { event = {}, variables = {}, headers = {}, cookies = {}, timeoutSeconds = TIMEOUT_SECONDS } = options;
  const deployment = new Deployment(readProject(file, variables));
  const fn = [...deployment.functions.values()].find((candidate) => candidate.file === file);
  if (fn === undefined) throw new Error(`${file} is not a JavaScript function: there is no such file.`);
  const packages = packagesOf.get(deployment.root) ?? new Packages(deployment.root, deployment.twilio);
  packagesOf.set(deployment.root, packages);
  const requireTwilio = (/** @type {string | undefined} */ inside) => packages.twilio(inside);
  const restore = replaceEnvironment(variables);
  defineGlobals(deployment, requireTwilio);
  captureOnce();

  /** @type {{level: Level, text: string}[]} */
  const logs = [];
  /** @type {PromiseWithResolvers<Outcome>} */
  const { promise, resolve } = Promise.withResolvers();
  const invocation = new Invocation(1, fn, deployment, {
    settle: (_, outcome) => resolve(outcome),
    print: (_, level, text) => logs.push({ level, text }),
    printLate: (text) => process.stderr.write(`${text}\n`),
  });
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const request = { headers: Object.fromEntries(lowered), cookies };
  const timer = setTimeout(() => resolve(timedOut(fn.source, timeoutSeconds)), timeoutSeconds * 1000);
  try {
    await storage.run(invocation, async () => {
      try {
        const handler = await loadHandler(fn, deployment, packages.require);
        invocation.run(handler, { ...createContext(deployment, fn.path, requireTwilio) }, { request, ...event });
      } catch (error) {
        invocation.fault(error);
      }
    });
    return toAnswer(await promise, logs);
  } finally {
    clearTimeout(timer);
    restore();
  }
}

/**
 * What `load` would say of the project that a function is in.
 * @param {string} file
 * @param {Record<string, string>} variables
 * @returns {import('./deployment.js').Load}
 */
function readProject(file, variables) {
  const folder = findFolder(file, ['functions', 'src']) ?? path.dirname(file);
  const root = path.dirname(folder);
  const functions = listFiles(folder).flatMap((relative) => {
    const language = LANGUAGES[path.extname(relative)];
    if (language === undefined) return [];
    const name = relative.slice(0, -path.extname(relative).length).replace(/\.(private|protected)$/, '');
    const source = path.join(path.basename(folder), relative);
    return [{ path: `/${name}`, name, file: source, source, language }];
  });
  const assets = ['assets', 'static'].flatMap((assetFolder) =>
    listFiles(path.join(root, assetFolder))
      .filter((relative) => /\.private(\.[^./]*)?$/.test(relative))
      .map((relative) => ({ name: `/${relative.replace('.private', '')}`, file: path.join(assetFolder, relative) })),
  );
  const pinned = path.join(__dirname, 'node_modules', 'twilio');
  const twilio = fs.existsSync(pinned) ? pinned : null;
  const context = { DOMAIN_NAME: 'localhost:3000' };
  return { root, functions, assets, variables, context, twilio, limits: LIMITS };
}

/**
 * @param {string} file
 * @param {string[]} names
 * @returns {string | null} the nearest folder above with one of the names
 */
function findFolder(file, names) {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (names.includes(path.basename(folder))) return folder;
  }
  return null;
}

/**
 * @param {string} folder
 * @returns {string[]} relative paths
 */
function listFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)));
}

// The streams stay: test runners report through them.
function captureOnce() {
  if (isCapturing) return;
  isCapturing = true;
  const { log: info, warn: warning, error } = console;
  const printers = { info, warning, error };
  captureConsole({
    line(level, text) {
      const invocation = storage.getStore();
      if (invocation?.isSettled === false) invocation.printed.line(level, text);
      else printers[level](text);
    },
  });
}

/**
 * @param {string} source
 * @param {number} seconds
 * @returns {Outcome}
 */
function timedOut(source, seconds) {
  const message = `${source} did not call callback within ${seconds} seconds.`;
  return { answer: null, failure: { error: { message, name: 'Timeout', code: null }, stack: null, problem: null } };
}

/**
 * @param {Outcome} outcome
 * @param {CallAnswer['logs']} logs
 * @returns {CallAnswer}
 */
function toAnswer({ answer, failure }, logs) {
  const { status, headers, body } = answer ?? {
    status: failure.error.name === 'Timeout' ? 504 : 500,
    headers: [{ key: 'content-type', value: JSON_TYPE }],
    body: JSON.stringify(failure.error),
  };
  /** @type {Record<string, string | string[]>} */
  const named = {};
  for (const { key, value } of headers) named[key] = Object.hasOwn(named, key) ? [named[key], value].flat() : value;
  return {
    status,
    headers: named,
    body: typeof body === 'string' ? body : Buffer.from(body),
    json: () => JSON.parse(String(body)),
    logs,
    failure,
  };
}

module.exports = { call };
