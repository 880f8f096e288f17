'use strict';
/**
 * Everything that the tokens of an API key share, prepared once, and the signature. Must not know identities, grants
 * or times.
 */

const crypto = require('node:crypto');
const { ERRORS, kind } = require('./token-errors.js');

const { MissingValueError, CredentialsError, TokenTooLongError } = ERRORS;
const CONTENT_TYPE = 'twilio-fpa;v=1';
/** HTTP servers take 8 to 16 kB of headers, and that is where tokens travel. */
const MAX_TOKEN_CHARACTERS = 16384;
/** RFC 7518 section 3.2: a key at least as long as the hash. */
const MIN_SECRET_BYTES = 32;
/** Prepared keys kept in memory, secrets among them; the least recently used goes first. */
const KEYS_KEPT = 256;

/** @typedef {import('./tokens.js').AccessToken} AccessToken */
/** @typedef {'HS256' | 'HS384' | 'HS512'} AlgorithmName */
/** @type {Readonly<Record<AlgorithmName, {hash: string, blockBytes: number}>>} */
const ALGORITHMS = Object.freeze({
  HS256: { hash: 'sha256', blockBytes: 64 },
  HS384: { hash: 'sha384', blockBytes: 128 },
  HS512: { hash: 'sha512', blockBytes: 128 },
});

/** A key that is ready to mint: what all its tokens begin with, encoded and laid where the signature reads it. */
class SigningKey {
  /**
   * @param {string} accountSid
   * @param {string} keySid
   * @param {string} secret
   * @param {string | undefined} region
   * @param {AlgorithmName} algorithm
   */
  constructor(accountSid, keySid, secret, region, algorithm) {
    this.accountSid = accountSid;
    this.keySid = keySid;
    this.secret = secret;
    this.region = region;
    this.algorithm = algorithm;

    const { hash, blockBytes } = ALGORITHMS[algorithm];
    const header = { alg: algorithm, typ: 'JWT', cty: CONTENT_TYPE, ...(region ? { twr: region } : {}) };
    // The claims that never change come first, up to the middle of jti.
    const iss = JSON.stringify(keySid);
    const opening = Buffer.from(`{"iss":${iss},"sub":${JSON.stringify(accountSid)},"jti":${iss.slice(0, -1)}-`);
    // base64 turns three bytes into four characters, so only whole threes can be encoded ahead.
    const whole = opening.length - (opening.length % 3);
    this.beginning =
      Buffer.from(JSON.stringify(header)).toString('base64url') + '.' + opening.toString('base64url', 0, whole);

    let key = Buffer.from(secret);
    this.weak = key.length < MIN_SECRET_BYTES;
    if (key.length > blockBytes) key = Buffer.from(crypto.hash(hash, key, 'hex'), 'hex');
    // HMAC by RFC 2104, over buffers laid out once: hash(outer pad, hash(inner pad, beginning, rest)). createHmac()
    // costs half as much again, for an object that is used once.
    this.hash = hash;
    this.restAt = blockBytes + this.beginning.length;
    this.inner = Buffer.alloc(this.restAt + 1024, 0x36);
    this.outer = Buffer.alloc(blockBytes + crypto.hash(hash, '', 'hex').length / 2, 0x5c);
    for (let i = 0; i < key.length; i++) {
      this.inner[i] ^= key[i];
      this.outer[i] ^= key[i];
    }
    this.digestAt = blockBytes;
    this.inner.write(this.beginning, blockBytes, 'latin1');

    this.claims = Buffer.alloc(1024);
    this.claimsAt = opening.copy(this.claims, 0, whole);
  }

  /**
   * Tell whether this is the key made from these.
   * @param {string} accountSid
   * @param {string} keySid
   * @param {string} secret
   * @param {string | undefined} region
   * @param {AlgorithmName} algorithm
   */
  isFor(accountSid, keySid, secret, region, algorithm) {
    return (
      this.keySid === keySid &&
      this.secret === secret &&
      this.accountSid === accountSid &&
      this.region === region &&
      this.algorithm === algorithm
    );
  }

  /**
   * Make the token whose claims go on with this JSON text, from inside the string that is jti.
   * @param {string} claims
   * @returns {string}
   */
  sign(claims) {
    if (claims.length > MAX_TOKEN_CHARACTERS) throw tooLong();
    // Three bytes of UTF-8 for one unit of a string at most.
    if (this.claimsAt + claims.length * 3 > this.claims.length) {
      this.claims = Buffer.concat([this.claims.subarray(0, this.claimsAt), Buffer.alloc(claims.length * 3)]);
    }
    const claimsEnd = this.claimsAt + this.claims.write(claims, this.claimsAt, 'utf8');
    const rest = this.claims.toString('base64url', 0, claimsEnd);
    const restEnd = this.restAt + rest.length;
    const token = this.beginning + rest + '.';
    if (token.length > MAX_TOKEN_CHARACTERS) throw tooLong();
    if (restEnd > this.inner.length) {
      this.inner = Buffer.concat([this.inner.subarray(0, this.restAt), Buffer.alloc(rest.length)]);
    }
    this.inner.write(rest, this.restAt, 'latin1');
    this.outer.write(crypto.hash(this.hash, this.inner.subarray(0, restEnd), 'binary'), this.digestAt, 'latin1');
    const signed = token + crypto.hash(this.hash, this.outer, 'base64url');
    if (signed.length > MAX_TOKEN_CHARACTERS) throw tooLong();
    return signed;
  }
}

function tooLong() {
  return new TokenTooLongError(
    `the token would be longer than ${MAX_TOKEN_CHARACTERS} characters, more than an HTTP header carries: ` +
      'put less into the identity and the grants',
  );
}

const VALUES = /** @type {const} */ ([
  ["the account's SID", 'ACCOUNT_SID'],
  ["the API key's SID", 'API_KEY'],
  ["the API key's secret", 'API_SECRET'],
]);

/**
 * Throw unless account SID, API key SID and secret, in this order, are text.
 * @param {unknown[]} values
 */
function checkCredentials(...values) {
  VALUES.forEach(([name, variable], i) => {
    const value = values[i];
    if (value === undefined || value === null || value === '') {
      throw new MissingValueError(`${name} is missing: is the variable ${variable} set?`);
    }
    if (typeof value !== 'string') throw new CredentialsError(`${name} must be text, not ${kind(value)}`);
  });
}

/** @type {Map<string, SigningKey>} */
const preparedKeys = new Map();
/**
 * The key that minted last: most processes have one, and comparing five texts is quicker than making a name of them.
 * @type {SigningKey | undefined}
 */
let lastKey;

/**
 * Make a token's key ready to mint, or return the one made before.
 * @param {AccessToken} token
 * @param {AlgorithmName} algorithm
 * @returns {SigningKey}
 */
function prepare(token, algorithm) {
  const { accountSid, keySid, secret, region } = token;
  if (lastKey?.isFor(accountSid, keySid, secret, region, algorithm)) return lastKey;
  checkCredentials(accountSid, keySid, secret);
  if (region !== undefined && region !== null && typeof region !== 'string') {
    throw new CredentialsError(`the region must be text, not ${kind(region)}`);
  }
  const name = JSON.stringify([accountSid, keySid, secret, region, algorithm]);
  const key = preparedKeys.get(name) ?? makeKey(accountSid, keySid, secret, region, algorithm);
  preparedKeys.delete(name);
  preparedKeys.set(name, key);
  if (preparedKeys.size > KEYS_KEPT) preparedKeys.delete(/** @type {string} */ (preparedKeys.keys().next().value));
  lastKey = key;
  return key;
}

/**
 * @param {string} accountSid
 * @param {string} keySid
 * @param {string} secret
 * @param {string | undefined} region
 * @param {AlgorithmName} algorithm
 */
function makeKey(accountSid, keySid, secret, region, algorithm) {
  // Somebody mixed up two lines of a .env file: no library would notice, and every token would be refused.
  if (accountSid.startsWith('SK') || keySid.startsWith('AC')) {
    throw new CredentialsError(
      "an account's SID starts with AC and an API key's with SK: " +
        "do the variables ACCOUNT_SID and API_KEY hold each other's value?",
    );
  }
  const texts = { "account's SID": accountSid, "API key's SID": keySid, region, "API key's secret": secret };
  for (const [name, text] of Object.entries(texts)) {
    if (text && !text.isWellFormed()) throw new CredentialsError(`the ${name} is not valid Unicode`);
  }
  const key = new SigningKey(accountSid, keySid, secret, region, algorithm);
  if (key.weak) {
    process.emitWarning(
      "the API key's secret is shorter than 32 bytes, so the token can be forged by guessing: make a new API key",
      'WeakSecretWarning',
    );
  }
  return key;
}

module.exports = { ALGORITHMS, checkCredentials, prepare };
