'use strict';
/**
 * What can be wrong with a token, one class each, and the words for it. No message holds a secret or a token.
 * Must not know how tokens are made.
 */

/** Anything wrong with a token. */
class TokenError extends Error {
  /** One stable word for logs and counters. */
  reason = 'token';
}
/** The token cannot be minted from what was given. */
class MintError extends TokenError {
  reason = 'mint';
}
/** A SID, the secret or the identity is not there. */
class MissingValueError extends MintError {
  reason = 'missing_value';
}
/** A SID, the secret or the region is there and cannot be right. */
class CredentialsError extends MintError {
  reason = 'credentials';
}
/** The identity is neither text nor a whole number. */
class IdentityError extends MintError {
  reason = 'identity';
}
/** A grant holds what no token can carry, or is no grant. */
class GrantError extends MintError {
  reason = 'grant';
}
/** The token would live too long, not at all, or begins after it ends. */
class TtlError extends MintError {
  reason = 'ttl';
}
/** The finished token is longer than anything would accept. */
class TokenTooLongError extends MintError {
  reason = 'too_long';
}
/** The token cannot be signed with such an algorithm. */
class AlgorithmError extends MintError {
  reason = 'algorithm';
}
const ERRORS = {
  TokenError,
  MintError,
  MissingValueError,
  CredentialsError,
  IdentityError,
  GrantError,
  TtlError,
  TokenTooLongError,
  AlgorithmError,
};
for (const [name, error] of Object.entries(ERRORS)) {
  Object.defineProperty(error.prototype, 'name', { value: name });
}

/**
 * Name the kind of a value in the words that the Python side uses.
 * @param {unknown} value
 * @returns {string}
 */
function kind(value) {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'boolean') return 'true or false';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return 'a whole number';
    return Number.isFinite(value) ? 'a number that is not whole' : 'a number that is not finite';
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === null || prototype.constructor === undefined || prototype.constructor.name === 'Object')
      return 'an object';
    return `a value of type ${prototype.constructor.name}`;
  }
  return `a value of type ${typeof value}`;
}

module.exports = { ERRORS, kind };
