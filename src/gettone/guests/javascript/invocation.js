'use strict';
/**
 * One call of a handler: its callback, its outcome, what it prints. Must not know the wire.
 *
 *     running --callback, throw, rejection--> answered --end of that turn--> settled
 *
 * The first answer wins. It is given out at the end of the turn in which it came, so that what the handler prints in
 * the same turn, and a second call of the callback, are still its own.
 */

const { describe } = require('./failures.js');
const { Output } = require('./output.js');
const { render } = require('./results.js');

/**
 * @typedef {import('./deployment.js').Deployment} Deployment
 * @typedef {import('./deployment.js').Handler} Handler
 * @typedef {import('./deployment.js').LocalFunction} LocalFunction
 * @typedef {import('./output.js').Level} Level
 * @typedef {import('./results.js').Answer} Answer
 * @typedef {import('./failures.js').Failure} Failure
 * @typedef {{answer: Answer, failure: null} | {answer: null, failure: Failure}} Outcome
 * @typedef {{
 *   settle(invocation: Invocation, outcome: Outcome): void,
 *   print(invocation: Invocation, level: Level, text: string): void,
 *   printLate(text: string): void,
 * }} Host what an invocation needs from whoever runs it
 */

// Taken before any handler can replace them.
const { clearTimeout, setTimeout } = globalThis;

const REMINDER_MS = 1000;

class Invocation {
  /**
   * @param {number} id
   * @param {LocalFunction} fn
   * @param {Deployment} deployment
   * @param {Host} host
   */
  constructor(id, fn, deployment, host) {
    this.id = id;
    this.fn = fn;
    this.deployment = deployment;
    this.host = host;
    /** @type {Outcome | null} */
    this.outcome = null;
    this.isSettled = false;
    this.isInTurn = false;
    /** @type {Output | null} */
    this.output = null;
    /** What the handler has come to without an answer: null while it runs. @type {string | null} */
    this.end = null;
    /** @type {NodeJS.Timeout | null} */
    this.reminder = null;
  }

  /**
   * Call the handler. Returns at the end of its first turn.
   * @param {Handler} handler
   * @param {object} context
   * @param {object} event
   */
  run(handler, context, event) {
    this.isInTurn = true;
    try {
      const returned = handler.call(this.fn.exports, context, event, (error, result) => this.#answer(error, result));
      if (isThenable(returned))
        returned.then(
          (value) => this.#returned(value),
          (error) => this.fault(error),
        );
      else if (returned !== undefined) this.#returned(returned);
    } catch (error) {
      this.fault(error);
    }
    this.isInTurn = false;
    if (this.outcome !== null) this.#settle();
    else this.reminder ??= this.#remindLater();
  }

  /**
   * Something was thrown, rejected, or could not be loaded: the answer, unless there is one.
   * @param {unknown} error
   */
  fault(error) {
    if (this.outcome === null) {
      this.#conclude({ answer: null, failure: describe(error, this.fn, this.deployment) });
      return;
    }
    const { error: told, stack } = describe(error, this.fn, this.deployment);
    const text = `${this.fn.source}: an error after the answer: ${stack ?? told.message}`;
    if (this.isSettled) this.host.printLate(text);
    else this.host.print(this, 'error', text);
  }

  /** Where the handler prints. */
  get printed() {
    return (this.output ??= new Output(this.deployment.limits.log_bytes, (level, text) =>
      this.host.print(this, level, text),
    ));
  }

  /**
   * @param {unknown} error
   * @param {unknown} result
   */
  #answer(error, result) {
    if (this.outcome !== null) {
      const text = `${this.fn.source}: callback was called a second time. The first call is the answer.`;
      if (this.isSettled) this.host.printLate(text);
      else this.host.print(this, 'warning', text);
      return;
    }
    if (error) {
      this.fault(error);
      return;
    }
    let answer;
    try {
      answer = render(result, this.deployment.limits.response_bytes);
    } catch (refused) {
      this.fault(refused);
      return;
    }
    this.#conclude({ answer, failure: null });
  }

  /** @param {Outcome} outcome */
  #conclude(outcome) {
    this.outcome = outcome;
    if (!this.isInTurn) queueMicrotask(() => this.#settle());
  }

  #settle() {
    if (this.isSettled) return;
    this.output?.flush();
    if (this.reminder !== null) clearTimeout(this.reminder);
    this.isSettled = true;
    this.host.settle(this, /** @type {Outcome} */ (this.outcome));
  }

  /** @param {unknown} value */
  #returned(value) {
    if (this.outcome !== null) return;
    this.end = value === undefined ? 'has ended' : 'has returned a value, which is not sent,';
    if (this.reminder !== null) clearTimeout(this.reminder);
    this.reminder = this.#remindLater();
  }

  // Only the callback answers, as on Twilio. Who forgot it learns so, once there was a moment to call it later.
  #remindLater() {
    return setTimeout(() => {
      if (this.outcome !== null || (this.end === null && !isIdle())) return;
      const end = this.end ?? 'waits for nothing';
      const advice = 'The request waits until its time is over. Write callback(null, result).';
      this.host.print(this, 'warning', `${this.fn.source}: the handler ${end} without calling callback. ${advice}`);
    }, REMINDER_MS).unref();
  }
}

/** Is there nothing that could still call back? The wire itself is one pipe. */
function isIdle() {
  const active = process.getActiveResourcesInfo();
  return active.length === 0 || (active.length === 1 && active[0] === 'PipeWrap');
}

/**
 * @param {unknown} value
 * @returns {value is PromiseLike<unknown>}
 */
function isThenable(value) {
  return typeof value === 'object' && value !== null && typeof (/** @type {any} */ (value).then) === 'function';
}

module.exports = { Invocation };
