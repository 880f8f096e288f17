'use strict';
/**
 * Does a file parse, and where does it not? Nothing of it is run. Must not know invocations.
 */

const fs = require('node:fs');
const { registerHooks, stripTypeScriptTypes } = require('node:module');
const path = require('node:path');
const { describe, placeOf, setPlace } = require('./failures.js');
const { locateHeadline } = require('./stacks.js');

/**
 * @typedef {import('./deployment.js').Deployment} Deployment
 * @typedef {import('./deployment.js').LocalFunction} LocalFunction
 * @typedef {import('./failures.js').Problem} Problem
 */

const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname'];
// What V8 says of an ES module that is read as CommonJS.
const MODULE_ONLY =
  /^Cannot use (?:import statement|'import\.meta')|^Unexpected token 'export'|^await is only|already been declared$/;
const SCHEME = 'gettone-check:';
const LOCATE_MS = 5000;

/**
 * Check every function of the deployment.
 * @param {Deployment} deployment
 * @returns {Promise<Problem[]>}
 */
async function check(deployment) {
  const problems = [];
  for (const fn of deployment.functions.values()) {
    const error = await findError(fn.file, deployment.root);
    if (error === null) continue;
    const { error: told, problem } = describe(error, fn, deployment);
    const { message, name } = told;
    problems.push(
      problem ?? {
        function: fn.path,
        message,
        name,
        file: fn.source,
        line: null,
        column: null,
        text: null,
        hint: null,
      },
    );
  }
  return problems;
}

/** Have ready what the first check would wait for: the compiler of TypeScript takes a while to load. */
function warmUp() {
  require('node:vm');
  stripTypeScriptTypes('');
}

/**
 * @param {string} file
 * @param {string} root where the search for a package.json ends
 * @returns {Promise<unknown>} what is thrown when it is compiled, or null
 */
async function findError(file, root) {
  try {
    let source = fs.readFileSync(file, 'utf8');
    if (file.endsWith('.ts')) source = stripTypeScriptTypes(source, { sourceUrl: file });
    const kind = moduleKind(file, root);
    if (kind === 'module') return await findModuleError(source, file);
    const error = findScriptError(source, file);
    const isPerhapsModule = kind === null && error instanceof SyntaxError && MODULE_ONLY.test(error.message);
    return isPerhapsModule ? await findModuleError(source, file) : error;
  } catch (error) {
    return error;
  }
}

/**
 * What a file's name and its package.json say. Null: they say nothing, the code decides.
 * @param {string} file
 * @param {string} root
 * @returns {'commonjs' | 'module' | null}
 */
function moduleKind(file, root) {
  if (file.endsWith('.mjs')) return 'module';
  if (file.endsWith('.cjs')) return 'commonjs';
  let folder = path.dirname(file);
  for (;;) {
    try {
      const { type } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
      return type === 'module' || type === 'commonjs' ? type : null;
    } catch {
      if (folder === root || folder === path.dirname(folder)) return null;
      folder = path.dirname(folder);
    }
  }
}

/**
 * @param {string} source
 * @param {string} file
 */
function findScriptError(source, file) {
  const { compileFunction } = require('node:vm');
  try {
    compileFunction(source, WRAPPER, { filename: file });
    return null;
  } catch (error) {
    return error;
  }
}

class Parsed extends Error {}

/** @type {Map<string, string>} modules under examination: their address to their source */
const examined = new Map();
let examinations = 0;
let hasHooks = false;

/**
 * Compile an ES module and stop before it is linked: all of its imports lead to an error, and it gets one more of them.
 * @param {string} source
 * @param {string} file
 */
async function findModuleError(source, file) {
  installHooks();
  const address = `${SCHEME}${++examinations}:${file}`;
  examined.set(address, `${source}\nimport ${JSON.stringify(SCHEME)};`);
  try {
    await import(address);
    return null;
  } catch (error) {
    if (error instanceof Parsed) return null;
    if (error instanceof SyntaxError) placeModuleError(error, source, file);
    return error;
  } finally {
    examined.delete(address);
  }
}

function installHooks() {
  if (hasHooks) return;
  hasHooks = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (examined.has(specifier)) return { url: specifier, shortCircuit: true };
      if (context.parentURL?.startsWith(SCHEME)) throw new Parsed();
      return next(specifier, context);
    },
    load(url, context, next) {
      const source = examined.get(url);
      return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
    },
  });
}

/**
 * An error of an ES module does not say where it is. A second Node, asked to check the same text, does.
 * @param {SyntaxError} error
 * @param {string} source
 * @param {string} file
 */
function placeModuleError(error, source, file) {
  const { spawnSync } = require('node:child_process');
  const argv = ['--input-type=module', '--check', '-'];
  const { stderr } = spawnSync(process.execPath, argv, {
    input: source,
    encoding: 'utf8',
    env: {},
    timeout: LOCATE_MS,
  });
  const place = locateHeadline((stderr ?? '').replace(/^\[stdin\]/, file));
  setPlace(error, place ?? { file, line: null, column: null, text: null });
}

/**
 * Is this an ES module's error that says only what is wrong, not where?
 * @param {unknown} error
 */
function isUnplaced(error) {
  return error instanceof SyntaxError && /^\s+at compileSourceTextModule \(node:internal/m.test(error.stack ?? '');
}

/**
 * Find the place of such an error: in the function's own file, else in another of the deployment.
 * @param {Error} error
 * @param {LocalFunction} fn
 * @param {Deployment} deployment
 */
async function place(error, fn, deployment) {
  for (const { file } of new Set([fn, ...deployment.functions.values()])) {
    const found = await findError(file, deployment.root);
    if (!(found instanceof SyntaxError) || found.message !== error.message) continue;
    setPlace(error, placeOf(found));
    return;
  }
}

module.exports = { check, isUnplaced, place, warmUp };
