'use strict';
/**
 * Which headers an answer may carry. Must not know results.
 *
 * State: headers that were judged before. Functions send the same few again and again, and judging and writing them as
 * JSON takes longer than all the rest of an answer.
 */

/** @typedef {{name: string, key: string, value: string, json: string}} Header `key` is the name in lower case */

// Taken before any handler can replace it.
const { stringify } = JSON;

// RFC 9110 section 5.6.2 (names) and 5.5 (values: a tab is allowed, other controls and what is beyond Latin-1 are not).
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE_REFUSED = /[^\t\x20-\x7e\x80-\xff]/;
const KNOWN_MAX = 256;
const KNOWN_LENGTH_MAX = 256;

/** @type {Map<string, Map<string, Header>>} */
const known = new Map();
let knownCount = 0;

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Header}
 * @throws {TypeError} where they cannot be sent
 */
function findHeader(name, value) {
  if (typeof value !== 'string') return judge(name, value);
  return known.get(name)?.get(value) ?? learn(judge(name, value));
}

/** @param {Header} header */
function learn(header) {
  const { name, value } = header;
  if (knownCount >= KNOWN_MAX || name.length + value.length > KNOWN_LENGTH_MAX) return header;
  knownCount += 1;
  const values = known.get(name) ?? new Map();
  known.set(name, values.set(value, header));
  return header;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Header}
 */
function judge(name, value) {
  if (!NAME.test(name)) throw new TypeError(`${stringify(name.slice(0, 80))} is not the name of a header.`);
  if (value === undefined || value === null) throw new TypeError(`The header ${name} has no value: it is ${value}.`);
  if (!['string', 'number', 'boolean', 'bigint'].includes(typeof value)) {
    throw new TypeError(`The header ${name} has a value of type ${typeof value}: write it as text.`);
  }
  const text = String(value);
  const refused = VALUE_REFUSED.exec(text)?.[0];
  if (refused !== undefined) {
    throw new TypeError(`The header ${name} holds a character that a header may not carry: ${stringify(refused)}.`);
  }
  return { name, key: name.toLowerCase(), value: text, json: stringify([name, text]) };
}

module.exports = { findHeader };
