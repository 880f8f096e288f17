'use strict';
/**
 * The rounds of a minting program, told on standard input: seconds in, a count and its seconds out.
 * Must not know what is minted.
 */

const readline = require('node:readline');

// The clock is read once per batch, which then weighs nothing.
const BATCH_SECONDS = 0.01;

/** Monotonic seconds. */
function now() {
  return Number(process.hrtime.bigint()) / 1e9;
}

/**
 * Seconds that a batch takes.
 * @param {() => string} mint
 * @param {number} batch
 */
function time(mint, batch) {
  const started = now();
  for (let i = 0; i < batch; i += 1) mint();
  return now() - started;
}

/** @param {object} message */
function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/**
 * Show a token, then mint for as long as each line says.
 * @param {string} version
 * @param {() => string} mint
 */
exports.serve = function serve(version, mint) {
  say({ version, token: mint() });
  let batch = 1;
  while (time(mint, batch) < BATCH_SECONDS) batch *= 2;
  readline.createInterface({ input: process.stdin }).on('line', (line) => {
    const wanted = Number(line);
    let count = 0;
    let seconds = 0;
    const started = now();
    while (seconds < wanted) {
      time(mint, batch);
      count += batch;
      seconds = now() - started;
    }
    say({ count, seconds });
  });
};
