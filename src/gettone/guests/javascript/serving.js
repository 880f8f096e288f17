'use strict';
/**
 * The guest's side of the conversation with the host (docs/wire.md): load, then invocations, each with one outcome.
 *
 * State: the deployment once it is loaded, and the invocations under way. An AsyncLocalStorage tells to which of them
 * running code belongs: a timer of one must not speak for the next. With a concurrency of 1 the one under way is
 * `current`, and those that were sent ahead wait.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const fs = require('node:fs');
const { createContext } = require('./context.js');
const { Deployment } = require('./deployment.js');
const { defineGlobals, enterFolder, replaceEnvironment } = require('./environment.js');
const { GuidedError } = require('./failures.js');
const { Invocation } = require('./invocation.js');
const { loadHandler } = require('./loading.js');
const { capture } = require('./logs.js');
const { Packages } = require('./packages.js');
const { open, send, takeTicket } = require('./wire.js');

// Taken before any handler can replace it.
const { parse, stringify } = JSON;
const exit = process.exit.bind(process);

const EXIT_BROKEN = 70; // EX_SOFTWARE

/**
 * @typedef {import('./deployment.js').Load} Load
 * @typedef {import('./deployment.js').LocalFunction} LocalFunction
 * @typedef {import('./invocation.js').Outcome} Outcome
 * @typedef {import('./output.js').Level} Level
 * @typedef {{id: number, path: string, event: string, isAhead: boolean}} Call `event` is JSON
 */

// The head that hosts send all day. To read it so takes half the time of JSON.parse, which reads all others.
const PLAIN_INVOKE = /^\{"type":"invoke","id":(\d+),"function":"([^"\\]*)","request":"\w*"(,"ticket":true)?\}$/;
// Node's loader alone fills the ten frames that are the default, and hides the line that asked for a missing module.
const STACK_FRAMES = 30;
// Said on standard error, where the host takes text of no invocation: little of it, or a timer could flood the log.
const LATE_TEXTS_MAX = 20;
const LATE_LENGTH_MAX = 4096;

/** @type {Deployment | null} */
let deployment = null;
/** @type {Packages | null} */
let packages = null;
/** @type {Invocation | null} */
let current = null;
/** To which invocation running code belongs. @type {import('node:async_hooks').AsyncLocalStorage<Invocation>} */
const storage = new AsyncLocalStorage();
let underWay = 0;
/** @type {Call[]} sent ahead, and waiting for its turn */
const ahead = [];
let lateTexts = 0;

const host = { settle, print, printLate };

/** Serve until the wire closes. */
function serve() {
  Error.stackTraceLimit = STACK_FRAMES;
  open(receive, refuse);
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
  process.on('exit', explainExit);
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning')
      findCurrent()?.printed.line('warning', `${warning.name}: ${warning.message}`);
  });
  capture({
    line: (level, text) => findCurrent()?.printed.line(level, text),
    piece: (level, text) => findCurrent()?.printed.piece(level, text),
  });
  setImmediate(() => {
    if (deployment === null) require('./warming.js').warm();
  });
}

/**
 * @param {string} headText
 * @param {string} body
 */
function receive(headText, body) {
  const plain = PLAIN_INVOKE.exec(headText);
  if (plain !== null) {
    arrive({ id: Number(plain[1]), path: plain[2], event: body, isAhead: plain[3] !== undefined });
    return;
  }
  const head = parse(headText);
  if (head.type === 'invoke') arrive({ id: head.id, path: head.function, event: body, isAhead: head.ticket === true });
  else if (head.type === 'load') load(head);
  else throw new TypeError(`an unknown message ${stringify(head.type)}`);
}

/** @param {Load} message */
function load(message) {
  deployment = new Deployment(message);
  packages = new Packages(deployment.root, deployment.twilio);
  replaceEnvironment(deployment.variables);
  enterFolder(deployment.root);
  defineGlobals(deployment, requireTwilio);
  if (message.check !== true) {
    send('{"type":"loaded","problems":[]}');
    return;
  }
  const { check } = require('./syntax.js');
  check(deployment).then((problems) => send(stringify({ type: 'loaded', problems })), refuse);
}

/** @param {string} [inside] */
function requireTwilio(inside) {
  return /** @type {Packages} */ (packages).twilio(inside);
}

/**
 * An invocation that was sent ahead has its turn after the outcome of the one before it, if the host leaves it to us.
 * @param {Call} call
 */
function arrive(call) {
  if (!call.isAhead) invoke(call);
  else if (current !== null || ahead.length > 0) ahead.push(call);
  else if (takeTicket()) invoke(call);
}

function continueAhead() {
  while (current === null && ahead.length > 0) {
    const call = /** @type {Call} */ (ahead.shift());
    if (takeTicket()) invoke(call);
  }
}

/** @param {Call} call */
function invoke({ id, path, event }) {
  if (deployment === null) throw new Error('an invocation before load');
  const fn = deployment.functions.get(path) ?? unknownFunction(path);
  const invocation = new Invocation(id, fn, deployment, host);
  underWay += 1;
  current = invocation;
  storage.run(invocation, begin, invocation, event);
}

/**
 * @param {Invocation} invocation
 * @param {string} eventText
 */
function begin(invocation, eventText) {
  const { fn } = invocation;
  try {
    const event = eventText === '' ? {} : parse(eventText);
    if (fn.handler !== null) {
      run(invocation, event);
      return;
    }
    const loaded = loadHandler(fn, /** @type {Deployment} */ (deployment), /** @type {Packages} */ (packages).require);
    if (typeof loaded === 'function') run(invocation, event);
    else loaded.then(() => run(invocation, event)).catch((error) => invocation.fault(error));
  } catch (error) {
    invocation.fault(error);
  }
}

/**
 * @param {Invocation} invocation
 * @param {object} event
 */
function run(invocation, event) {
  const { fn } = invocation;
  fn.context ??= createContext(/** @type {Deployment} */ (deployment), fn.path, requireTwilio);
  invocation.run(/** @type {import('./deployment.js').Handler} */ (fn.handler), { ...fn.context }, event);
}

/**
 * A path that this guest has no function for: the invocation fails, the worker goes on.
 * @param {string} path
 * @returns {LocalFunction}
 */
function unknownFunction(path) {
  const message = `This worker has no JavaScript function ${path}.`;
  const broken = new GuidedError(message, {
    name: 'FunctionMissing',
    file: path,
    hint: 'Deploy again: the route and the build differ.',
  });
  return { path, name: path, file: path, source: path, handler: null, exports: null, broken, context: null };
}

/**
 * @param {Invocation} invocation
 * @param {Outcome} outcome
 */
function settle(invocation, outcome) {
  underWay -= 1;
  if (current === invocation) current = null;
  const { id } = invocation;
  const dropped = invocation.output?.dropped ?? 0;
  try {
    if (outcome.answer !== null) {
      const { status, headers, body } = outcome.answer;
      let pairs = '';
      for (const { json } of headers) pairs += pairs === '' ? json : `,${json}`;
      const rest = `"status":${status},"headers":[${pairs}],"log_bytes_dropped":${dropped}`;
      send(`{"type":"completed","id":${id},${rest}}`, body);
    } else {
      send(stringify({ type: 'failed', id, ...outcome.failure, log_bytes_dropped: dropped }));
    }
  } catch (error) {
    giveUp('The handler has replaced what the worker itself needs', error);
  }
  // What this one left to run at once, its promises, comes before the next.
  if (ahead.length > 0) queueMicrotask(continueAhead);
}

/**
 * @param {Invocation} invocation
 * @param {Level} level
 * @param {string} text
 */
function print(invocation, level, text) {
  if (!invocation.isSettled) send(`{"type":"log","id":${invocation.id},"level":"${level}"}`, text);
}

/** @param {string} text */
function printLate(text) {
  if (lateTexts >= LATE_TEXTS_MAX) return;
  lateTexts += 1;
  try {
    fs.writeSync(2, `${text.slice(0, LATE_LENGTH_MAX)}\n`);
  } catch {
    // Nobody reads it.
  }
}

/** The invocation that running code belongs to, if it is under way. Code that was left over from another has none. */
function findCurrent() {
  const invocation = storage.getStore() ?? current;
  return invocation?.isSettled === false ? invocation : null;
}

/**
 * Thrown where no handler catches it: the outcome of the invocation that it belongs to.
 * @param {unknown} error
 */
function fault(error) {
  const invocation = storage.getStore() ?? current;
  if (invocation) invocation.fault(error);
  else printLate(`An error outside of any invocation: ${/** @type {Error} */ (error)?.stack ?? String(error)}`);
}

/** @param {number} code */
function explainExit(code) {
  const ended = storage.getStore();
  if (ended?.isSettled) printLate(`${ended.fn.source}: what it left running after its answer ended the process (code ${code}).`);
  const invocation = findCurrent();
  if (invocation === null || underWay === 0) return;
  invocation.printed.flush();
  const text = `${invocation.fn.source}: the handler ended its process (process.exit, code ${code}).`;
  print(invocation, 'error', `${text} Write callback(null, result) instead.`);
}

/** @param {unknown} error */
function refuse(error) {
  giveUp('The host broke the protocol', error);
}

/**
 * End a worker that cannot go on.
 * @param {string} why
 * @param {unknown} error
 */
function giveUp(why, error) {
  printLate(`${why}: ${/** @type {Error} */ (error)?.message}`);
  exit(EXIT_BROKEN);
}

module.exports = { serve };
