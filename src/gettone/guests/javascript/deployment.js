'use strict';
/**
 * What `load` said, ready to use: functions by path, and which file of the task root is which file of the project.
 * Must not know how functions are loaded or run.
 */

const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {{path: string, name: string, file: string, source: string, language: string}} FunctionFile
 * @typedef {{name: string, file: string}} AssetFile
 * @typedef {{
 *   root: string,
 *   functions: FunctionFile[],
 *   assets: AssetFile[],
 *   variables: Record<string, string>,
 *   context: {DOMAIN_NAME?: string, SERVICE_SID?: string, ENVIRONMENT_SID?: string},
 *   twilio: string | null,
 *   limits: {log_bytes: number, response_bytes: number},
 *   concurrency?: number,
 *   check?: boolean,
 * }} Load
 * @typedef {(context: object, event: object, callback: (error?: unknown, result?: unknown) => void) => unknown} Handler
 * @typedef {{
 *   path: string, name: string, file: string, source: string,
 *   handler: Handler | null, exports: unknown, broken: unknown, context: object | null,
 * }} LocalFunction `file` is absolute; the last four are filled at the first invocation
 */

class Deployment {
  /** @param {Load} load */
  constructor(load) {
    this.root = load.root;
    this.assets = load.assets.map(({ name, file }) => ({ name, file: path.join(load.root, file) }));
    this.variables = load.variables;
    this.names = load.context;
    this.twilio = load.twilio;
    this.limits = load.limits;
    /** @type {Map<string, LocalFunction>} this guest's own, by path */
    this.functions = new Map();
    /** @type {Map<string, string>} all of them, the other languages' too: name to file */
    this.files = new Map();
    for (const { path: route, name, file: relative, source, language } of load.functions) {
      const file = path.join(load.root, relative);
      this.files.set(name, file);
      if (language !== 'javascript') continue;
      this.functions.set(route, {
        path: route,
        name,
        file,
        source,
        handler: null,
        exports: null,
        broken: null,
        context: null,
      });
    }
    /** @type {{sources: Map<string, string>, roots: string[]} | null} */
    this.places = null;
  }

  /**
   * The name that the project has for a file, or null where the file is none of this deployment's.
   * @param {string} file absolute
   * @returns {string | null}
   */
  source(file) {
    const { sources, roots } = this.#places();
    const known = sources.get(file);
    if (known !== undefined) return known;
    const root = roots.find((candidate) => file.startsWith(candidate));
    return root === undefined ? null : file.slice(root.length);
  }

  /** The folders, each with a slash at its end, that hold this deployment's files. */
  get roots() {
    return this.#places().roots;
  }

  // Node names modules by their real paths, so both spellings count. Made at the first failure only.
  #places() {
    if (this.places === null) {
      const sources = new Map();
      for (const { file, source } of this.functions.values()) sources.set(file, source).set(realPath(file), source);
      this.places = { sources, roots: [...new Set([`${this.root}/`, `${realPath(this.root)}/`])] };
    }
    return this.places;
  }
}

/** @param {string} file */
function realPath(file) {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

module.exports = { Deployment };
