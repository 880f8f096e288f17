'use strict';
/**
 * Minting in JavaScript: the twin of gettone.tokens, shaped like Twilio's Node class, with the same errors in the same
 * words. Both are tested with the vectors in tests/tokens. Must not know the wire, handlers, or how to verify a token.
 */

const crypto = require('node:crypto');
const { ERRORS, kind } = require('./token-errors.js');
const { GRANTS, checkGrant, writeGrant } = require('./token-grants.js');
const { ALGORITHMS, checkCredentials, prepare } = require('./token-keys.js');

const { AlgorithmError, IdentityError, MissingValueError, TtlError } = ERRORS;
/** Twilio's bound, and ours: what cannot be taken back must end by itself. */
const MAX_LIFETIME_SECONDS = 86400;

/** @typedef {import('./token-keys.js').AlgorithmName} AlgorithmName */
/** @typedef {InstanceType<typeof GRANTS.Grant>} Grant */

/** @type {() => string} */
let draw = beginDrawing;

/**
 * Draw random digits for this process and count up from there. At the first use and not when the module loads: what is
 * cloned or restored from a snapshot before it mints then shares no jti with its like.
 */
function beginDrawing() {
  const digits = crypto.randomBytes(10).toString('hex');
  let number = 0;
  draw = () => digits + number++;
  return draw();
}

/**
 * Return an identity as the text that a token carries.
 * @param {unknown} identity
 * @returns {string}
 */
function identityText(identity) {
  if (identity === undefined || identity === null || identity === '') {
    throw new MissingValueError(
      'the identity is missing: a token says who it is for, so set identity before the token is minted',
    );
  }
  if (typeof identity === 'string') return identity;
  if (typeof identity === 'number' && Number.isInteger(identity)) {
    if (Math.abs(identity) > Number.MAX_SAFE_INTEGER) {
      throw new IdentityError(
        `a number as identity may be at most ${Number.MAX_SAFE_INTEGER}: write a longer one as text`,
      );
    }
    return String(identity);
  }
  throw new IdentityError(`the identity must be text or a whole number, not ${kind(identity)}`);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {number}
 */
function whole(name, value) {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new TtlError(`${name} must be a whole number of seconds, not ${kind(value)}`);
}

/**
 * @param {unknown} ttl
 * @param {number} now
 * @returns {number}
 */
function expiry(ttl, now) {
  const lifetime = whole('ttl', ttl);
  if (lifetime <= 0) throw new TtlError('ttl must be at least 1 second: a token that is minted expired opens nothing');
  if (lifetime > MAX_LIFETIME_SECONDS) {
    throw new TtlError(
      `a token lives ${MAX_LIFETIME_SECONDS} seconds (24 hours) at most: ` +
        'mint a shorter one, and a new one when the client needs it (all times are in seconds)',
    );
  }
  return now + lifetime;
}

/**
 * @param {unknown} nbf
 * @param {number} expires
 * @returns {number}
 */
function beginning(nbf, expires) {
  const moment = whole('nbf', nbf);
  if (moment < 0) throw new TtlError('nbf must be a time in seconds since 1970, and is negative');
  if (moment >= expires) {
    throw new TtlError(
      'the token would expire before it becomes valid: nbf, in seconds since 1970, must be before its end',
    );
  }
  return moment;
}

/**
 * Show a value in a way that cannot throw.
 * @param {unknown} value
 * @returns {string}
 */
function shown(value) {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : kind(value);
}

/**
 * Mint with a given time and nonce: the seam for tests, which need equal tokens from equal input.
 * @param {AccessToken} token
 * @param {AlgorithmName} algorithm
 * @param {number} now seconds since 1970
 * @param {string} nonce ASCII letters and digits
 * @returns {string}
 */
function mint(token, algorithm, now, nonce) {
  if (!Object.hasOwn(ALGORITHMS, algorithm)) {
    throw new AlgorithmError(`the algorithm must be one of ${Object.keys(ALGORITHMS).join(', ')}`);
  }
  const key = prepare(token, algorithm);
  const identity = identityText(token.identity);
  const expires = expiry(token.ttl, now);
  const nbf = token.nbf === undefined || token.nbf === null ? '' : `,"nbf":${beginning(token.nbf, expires)}`;
  // Of two grants with one key the later counts, at the place of the first.
  /** @type {Map<string, string>} */
  const grants = new Map();
  for (const grant of token.grants) {
    checkGrant(grant);
    grants.set(grant.key, writeGrant(grant));
  }
  let claims = `${nonce}","iat":${now},"exp":${expires}${nbf},"grants":{"identity":${JSON.stringify(identity)}`;
  for (const text of grants.values()) claims += text;
  claims += '}}';
  // JSON.stringify writes half of a surrogate pair as \udXXX, and nothing else so.
  if (claims.includes('\\ud') && /(?<!\\)(?:\\\\)*\\ud/.test(claims)) {
    throw new IdentityError('the identity or a grant is not valid Unicode: it holds half of a surrogate pair');
  }
  return key.sign(claims);
}

/**
 * A token to be: everything may be changed until `toJwt()` mints it, as in `token.identity = event.identity`.
 *
 * It says nothing about when it begins unless `nbf` is given: a server whose clock runs ahead would otherwise hand out
 * tokens that are not valid yet.
 */
class AccessToken {
  /** @type {string} */
  #secret;

  /**
   * @param {string} accountSid
   * @param {string} keySid
   * @param {string} secret
   * @param {{identity?: string | number, ttl?: number, nbf?: number, region?: string}} [options] `ttl` in seconds, 3600
   *   unless given; `nbf` in seconds since 1970
   */
  constructor(accountSid, keySid, secret, options) {
    if (!accountSid || !keySid || !secret) checkCredentials(accountSid, keySid, secret);
    this.accountSid = accountSid;
    this.keySid = keySid;
    this.#secret = secret;
    this.identity = options?.identity;
    this.ttl = options?.ttl ?? 3600;
    this.nbf = options?.nbf;
    this.region = options?.region;
    /** @type {Grant[]} */
    this.grants = [];
  }

  /** The API key's secret. On the prototype, so that neither console.log nor JSON.stringify shows it. */
  get secret() {
    return this.#secret;
  }

  set secret(secret) {
    this.#secret = secret;
  }

  /**
   * Add a grant; of two with the same key the later one counts.
   * @param {Grant} grant
   */
  addGrant(grant) {
    checkGrant(grant);
    this.grants.push(grant);
  }

  /**
   * Mint the token. A MintError says what is missing or cannot be.
   * @param {AlgorithmName} [algorithm]
   * @returns {string}
   */
  toJwt(algorithm) {
    return mint(this, algorithm || 'HS256', Math.floor(Date.now() / 1000), draw());
  }

  /** Name the token, without minting it: whoever logs an object does not expect to log a credential. */
  toString() {
    const keys = Array.isArray(this.grants) ? this.grants.map((grant) => shown(grant?.key)).join(', ') : '';
    return `<AccessToken of ${shown(this.keySid)} for ${shown(this.identity)}: ${keys || 'no grants'}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return this.toString();
  }

  static DEFAULT_ALGORITHM = 'HS256';
  static ALGORITHMS = Object.keys(ALGORITHMS);

  static Grant = GRANTS.Grant;
  static VideoGrant = GRANTS.VideoGrant;
  static VoiceGrant = GRANTS.VoiceGrant;
  static ChatGrant = GRANTS.ChatGrant;
  static SyncGrant = GRANTS.SyncGrant;
  static TaskRouterGrant = GRANTS.TaskRouterGrant;
  static PlaybackGrant = GRANTS.PlaybackGrant;
}

module.exports = { AccessToken, mint, ...ERRORS };
