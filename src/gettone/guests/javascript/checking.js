'use strict';
/**
 * A program: does a deployment's code parse? `node checking.js LOAD ANSWER`, two files that hold the heads of `load` and
 * `loaded` (docs/wire.md). It ends then; nothing of the code is run. Must not know who asks.
 */

const fs = require('node:fs');
const { Deployment } = require('./deployment.js');
const { check } = require('./syntax.js');

/**
 * @param {string} asked
 * @param {string} answer
 */
async function main(asked, answer) {
  const deployment = new Deployment(JSON.parse(fs.readFileSync(asked, 'utf8')));
  const problems = await check(deployment);
  fs.writeFileSync(answer, JSON.stringify({ type: 'loaded', problems }));
}

main(process.argv[2], process.argv[3]);
