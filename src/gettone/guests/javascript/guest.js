'use strict';
/**
 * The program inside a JavaScript worker: greets the host, then serves (docs/wire.md).
 *
 * Everything but the greeting is loaded after it, while the worker waits as a spare.
 */

const { send } = require('./wire.js');

const runtime = `node${process.versions.node.split('.', 1)[0]}`;
send(JSON.stringify({ type: 'hello', version: 1, runtime, pid: process.pid }));
require('./serving.js').serve();
