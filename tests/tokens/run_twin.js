'use strict';
/**
 * Lets Python tests use the JavaScript twin, and npm's twilio beside it: one JSON order a line in, one JSON answer a line out.
 *
 *   node run_twin.js TOKENS_JS [TWILIO_FOLDER] < orders > answers
 *
 * {"do": "mint", "with": "ours" | "official", "spec": {...}}: {"token"} or {"error": {"name", "reason", "message"}}
 * {"do": "read", "token", "secret", "now", "algorithms"}: {"claims", "header"}, as npm's twilio brings jsonwebtoken along
 */

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const ours = require(path.resolve(process.argv[2]));
const twilioFolder = process.argv[3] && path.resolve(process.argv[3]);
const requireFromTwilio = twilioFolder ? createRequire(path.join(twilioFolder, 'package.json')) : undefined;
const official = requireFromTwilio?.('./lib/jwt/AccessToken');
const jsonwebtoken = requireFromTwilio?.('jsonwebtoken');

const GRANTS = {
  video: 'VideoGrant',
  voice: 'VoiceGrant',
  chat: 'ChatGrant',
  sync: 'SyncGrant',
  task_router: 'TaskRouterGrant',
  playback: 'PlaybackGrant',
};

/** JSON has no NaN, no function and no class: vectors name them. */
const SPECIALS = {
  nan: NaN,
  infinity: Infinity,
  fraction: 1.5,
  class: ours.AccessToken.VideoGrant,
  lone_surrogate: 'a\ud800',
  nothing: null,
};

/** Puts the real values in place of {"$special": name} and {"$times": n, "text": t}. */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$special === 'string') return SPECIALS[value.$special];
  if (typeof value.$times === 'number') return value.text.repeat(value.$times);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revive(member)]));
}

/** The vectors name options as Python does. */
function camel(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function grantOf(AccessToken, grant) {
  if (!grant?.kind) return revive(grant);
  const { kind, ...members } = grant;
  const options = Object.entries(members).map(([name, value]) => [camel(name), revive(value)]);
  return new AccessToken[GRANTS[kind]](Object.fromEntries(options));
}

function mint({ with: whose, spec }) {
  const AccessToken = whose === 'official' ? official : ours.AccessToken;
  const options = {};
  for (const name of ['identity', 'ttl', 'nbf', 'region']) if (name in spec) options[name] = revive(spec[name]);
  const credentials = [spec.account_sid, spec.signing_key_sid, spec.secret].map(revive);
  const token = new AccessToken(...credentials, options);
  for (const grant of spec.grants ?? []) token.addGrant(grantOf(AccessToken, grant));
  if (whose !== 'official') return { token: ours.mint(token, spec.algorithm ?? 'HS256', spec.now, spec.nonce) };
  const clock = Date.now;
  Date.now = () => spec.now * 1000;
  try {
    return { token: token.toJwt(spec.algorithm) };
  } finally {
    Date.now = clock;
  }
}

function read({ token, secret, now, algorithms }) {
  const options = { clockTimestamp: now, algorithms: algorithms ?? ['HS256'], complete: true };
  const { header, payload } = jsonwebtoken.verify(token, secret, options);
  return { header, claims: payload };
}

function answer(order) {
  try {
    return order.do === 'mint' ? mint(order) : read(order);
  } catch (error) {
    return { error: { name: error.name, reason: error.reason ?? null, message: error.message } };
  }
}

const orders = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
fs.writeFileSync(1, orders.map((order) => JSON.stringify(answer(JSON.parse(order))) + '\n').join(''));
