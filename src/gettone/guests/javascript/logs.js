'use strict';
/**
 * Where handlers print: `console`, `process.stdout` and `process.stderr` in this process, turned into levels and texts.
 * Must not know invocations or the wire.
 */

const { format, inspect } = require('node:util');

/**
 * @typedef {import('./output.js').Level} Level
 * @typedef {{line(level: Level, text: string): void, piece(level: Level, text: string): void}} Sink
 */

/**
 * Send all printing to a sink. Returns what undoes it.
 * @param {Sink} sink
 */
function capture(sink) {
  const restore = [captureConsole(sink), captureStream('stdout', 'info', sink), captureStream('stderr', 'error', sink)];
  return () => {
    for (const undo of restore) undo();
  };
}

/**
 * @param {Pick<Sink, 'line'>} sink
 * @returns {() => void} what undoes it
 */
function captureConsole(sink) {
  let indent = '';
  /** @param {Level} level */
  const printer = (level) => {
    /** @param {unknown[]} args */
    return (...args) => {
      const text = args.length === 1 && typeof args[0] === 'string' ? args[0] : format(...args);
      sink.line(level, indent === '' ? text : text.replace(/^/gm, indent));
    };
  };
  const info = printer('info');
  /** @param {unknown[]} labels */
  const group = (...labels) => {
    if (labels.length > 0) info(...labels);
    indent += '  ';
  };
  // The other methods (table, trace, count, time, assert) print through these.
  const methods = {
    log: info,
    info,
    debug: info,
    warn: printer('warning'),
    error: printer('error'),
    dirxml: info,
    /** @param {unknown} value @param {import('node:util').InspectOptions} [options] */
    dir: (value, options) => info(inspect(value, { customInspect: false, ...options })),
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
  };
  const before = { ...console };
  Object.assign(console, isInspected() ? withDevTools(methods) : methods);
  return () => {
    Object.assign(console, before);
  };
}

// With `--inspect` the debugger's own console shows the same lines.
function isInspected() {
  return process.execArgv.some((flag) => flag.startsWith('--inspect'));
}

/** @param {Record<string, (...args: any[]) => void>} methods */
function withDevTools(methods) {
  const devTools = /** @type {any} */ (require('node:inspector').console);
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      /** @param {unknown[]} args */
      (...args) => {
        devTools[name]?.(...args);
        method(...args);
      },
    ]),
  );
}

/**
 * Stand in for a standard stream, from its first use on.
 * @param {'stdout' | 'stderr'} name
 * @param {Level} level
 * @param {Sink} sink
 */
function captureStream(name, level, sink) {
  const before = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(process, name));
  /** @type {import('node:stream').Writable | null} */
  let stream = null;
  const get = () => (stream ??= createStream(name === 'stdout' ? 1 : 2, (text) => sink.piece(level, text)));
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get });
  return () => Object.defineProperty(process, name, before);
}

/**
 * @param {number} fd
 * @param {(text: string) => void} write
 */
function createStream(fd, write) {
  const { Writable } = require('node:stream');
  const { StringDecoder } = require('node:string_decoder');
  const decoder = new StringDecoder('utf8');
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      write(typeof chunk === 'string' ? chunk : decoder.write(chunk));
      done();
    },
  });
  return Object.assign(stream, { fd });
}

module.exports = { capture, captureConsole };
