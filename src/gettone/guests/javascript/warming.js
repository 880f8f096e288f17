'use strict';
/**
 * What a spare worker does while it waits: run once all that a first invocation runs, so that it is compiled by then.
 * Must not know the wire. No project's code is in the process yet, and none of its values.
 */

const { createContext } = require('./context.js');
const { Deployment } = require('./deployment.js');
const { FrameBuilder, FrameReader } = require('./frames.js');
const { Invocation } = require('./invocation.js');
const { Packages } = require('./packages.js');
const { createRuntime } = require('./runtime.js');
const { createTwilio } = require('./twilio.js');

/** Run a token function that nobody asked for. */
function warm() {
  const deployment = new Deployment({
    root: __dirname,
    functions: [{ path: '/warm', name: 'warm', file: 'warming.js', source: 'warming.js', language: 'javascript' }],
    assets: [],
    variables: { ACCOUNT_SID: `AC${'0'.repeat(32)}`, API_KEY: `SK${'0'.repeat(32)}`, API_SECRET: '0'.repeat(32) },
    context: {},
    twilio: null,
    limits: { log_bytes: 0, response_bytes: 1 << 16 },
  });
  new Packages(__dirname, null);
  const Twilio = createTwilio(() => null);
  createRuntime(deployment, () => null).getFunctions();
  const fn = /** @type {import('./deployment.js').LocalFunction} */ (deployment.functions.get('/warm'));
  const builder = new FrameBuilder();
  const host = {
    /** @param {unknown} _ @param {import('./invocation.js').Outcome} outcome */
    settle: (_, outcome) => builder.build('{}', outcome.answer?.body ?? ''),
    print: () => {},
    printLate: () => {},
  };
  const invocation = new Invocation(0, fn, deployment, host);
  const context = { ...createContext(deployment, fn.path, () => null) };
  const reader = new FrameReader((head, body) => invocation.run(handler(Twilio), context, JSON.parse(body)));
  builder.build('{}', '{"identity":"nobody"}');
  reader.feed(builder.buffer, builder.size);
}

/**
 * @param {any} Twilio
 * @returns {import('./deployment.js').Handler}
 */
function handler(Twilio) {
  return (/** @type {any} */ context, /** @type {any} */ event, callback) => {
    const { AccessToken } = Twilio.jwt;
    const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, {
      identity: event.identity,
    });
    token.addGrant(new AccessToken.VideoGrant({ room: 'warm' }));
    const response = new Twilio.Response();
    response.setHeaders({ 'Access-Control-Allow-Origin': '*', 'Content-Type': 'application/json' });
    callback(null, response.setBody({ token: token.toJwt() }));
  };
}

module.exports = { warm };
