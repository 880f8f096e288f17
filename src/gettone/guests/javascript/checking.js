'use strict';
/**
 * A program: does a deployment's code parse? Two files hold the heads of `load` and `loaded` (docs/wire.md). Their names,
 * a line each, come through descriptor 3, to its end: long after the start perhaps, so what takes time is done before.
 * It ends then; nothing of the code is run. Must not know who asks.
 */

const fs = require('node:fs');
const { Deployment } = require('./deployment.js');
const { check, warmUp } = require('./syntax.js');

const QUESTION = 3;

/**
 * @param {string} asked
 * @param {string} answer
 */
async function main(asked, answer) {
  const deployment = new Deployment(JSON.parse(fs.readFileSync(asked, 'utf8')));
  const problems = await check(deployment);
  fs.writeFileSync(answer, JSON.stringify({ type: 'loaded', problems }));
}

warmUp();
const names = fs.readFileSync(QUESTION, 'utf8').split('\n');
if (names.length === 2) main(names[0], names[1]);
