'use strict';
/**
 * What a handler's result is on the network: status, headers, body. Must not know invocations or the wire.
 */

const { findHeader } = require('./headers.js');

/**
 * @typedef {import('./headers.js').Header} Header
 * @typedef {{status: number, headers: Header[], body: string | Uint8Array}} Answer
 */

// Taken before any handler can replace it.
const { stringify } = JSON;

const TYPE = 'content-type';
const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const XML = 'text/xml; charset=utf-8';
const BYTES = 'application/octet-stream';

/** A result that cannot be sent. The message says what to write instead. */
class ResultError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ResultError';
  }
}

/**
 * Render what was handed to `callback`.
 * @param {unknown} result
 * @param {number} responseBytes the most that a body may be
 * @returns {Answer}
 * @throws {ResultError}
 */
function render(result, responseBytes) {
  const answer = isResponse(result) ? renderResponse(result) : renderValue(result);
  const { body } = answer;
  // A UTF-16 unit is at most three bytes: most texts need no count.
  if (body.length * 3 > responseBytes) {
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    if (bytes > responseBytes) {
      const allowed = `at most ${responseBytes} are allowed`;
      throw new ResultError(`The answer's body is ${bytes} bytes, and ${allowed}. Send less, or in parts.`);
    }
  }
  return answer;
}

/**
 * @param {unknown} result
 * @returns {Answer}
 */
function renderValue(result) {
  const { type, body } = renderBody(result, TEXT);
  return { status: 200, headers: type === null ? [] : [findHeader(TYPE, type)], body };
}

/**
 * @param {{statusCode: unknown, body: unknown, headers: unknown}} response
 * @returns {Answer}
 */
function renderResponse(response) {
  const status = renderStatus(response.statusCode);
  const headers = renderHeaders(response.headers);
  const { type, body } = renderBody(response.body, HTML);
  if (type !== null && !headers.some(({ key }) => key === TYPE)) headers.push(findHeader(TYPE, type));
  return { status, headers, body };
}

/**
 * @param {unknown} value
 * @param {string} text the content type of a string
 * @returns {{type: string | null, body: string | Uint8Array}}
 */
function renderBody(value, text) {
  if (typeof value === 'string') return { type: text, body: value };
  if (value === undefined || value === null) return { type: null, body: '' };
  if (typeof value === 'object') {
    refuseUnfinished(value);
    if (ArrayBuffer.isView(value))
      return { type: BYTES, body: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
    if (value instanceof ArrayBuffer) return { type: BYTES, body: new Uint8Array(value) };
    const xml = renderXml(value);
    if (xml !== null) return { type: XML, body: xml };
  }
  return { type: JSON_TYPE, body: renderJson(value) };
}

/**
 * TwiML is what writes itself as XML, whichever copy of `twilio` made it. Dates, URLs and lists also write themselves
 * as text; they are JSON.
 * @param {object} value
 * @returns {string | null}
 */
function renderXml(value) {
  const { toString, toJSON } = /** @type {{toString?: unknown, toJSON?: unknown}} */ (value);
  if (toString === Object.prototype.toString || typeof toString !== 'function' || typeof toJSON === 'function')
    return null;
  if (Array.isArray(value)) return null;
  const text = String(value);
  return /^\s*</.test(text) ? text : null;
}

/** @param {unknown} value */
function renderJson(value) {
  let text;
  try {
    text = stringify(value);
  } catch (error) {
    throw new ResultError(`The result cannot be written as JSON: ${/** @type {Error} */ (error)?.message}`);
  }
  if (text !== undefined) return text;
  if (typeof value === 'function') {
    const name = value.name === '' ? '' : ` (${value.name})`;
    throw new ResultError(`The result is a function${name}, which cannot be sent: call it, and send what it returns.`);
  }
  throw new ResultError(`The result is of type ${typeof value}, which cannot be written as JSON.`);
}

/**
 * Objects that would be written without a complaint, though nobody means to send them.
 * @param {object} value
 */
function refuseUnfinished(value) {
  const { then, toJwt } = /** @type {Record<string, unknown>} */ (value);
  if (typeof then === 'function') {
    throw new ResultError('The result is a promise, which cannot be sent: await it, and send what it gives.');
  }
  if (typeof toJwt === 'function') {
    throw new ResultError('The result is a token that has not been written out: send token.toJwt().');
  }
}

/**
 * A `Twilio.Response`, also one that another copy of the class made.
 * @param {unknown} value
 * @returns {value is {statusCode: unknown, body: unknown, headers: unknown}}
 */
function isResponse(value) {
  if (typeof value !== 'object' || value === null) return false;
  const { setStatusCode, setBody } = /** @type {Record<string, unknown>} */ (value);
  return typeof setStatusCode === 'function' && typeof setBody === 'function';
}

/** @param {unknown} value */
function renderStatus(value) {
  const status = typeof value === 'string' ? Number(value) : value;
  if (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new ResultError(`The status of an answer is a whole number from 200 to 599, not ${show(value)}.`);
}

/**
 * @param {unknown} given
 * @returns {Header[]}
 */
function renderHeaders(given) {
  /** @type {Header[]} */
  const headers = [];
  if (typeof given !== 'object' || given === null) return headers;
  for (const name of Object.keys(given)) {
    const value = /** @type {Record<string, unknown>} */ (given)[name];
    const start = headers.length;
    if (Array.isArray(value)) for (const one of value) headers.push(renderHeader(name, one));
    else headers.push(renderHeader(name, value));
    if (headers.length > start) dropOtherSpelling(headers, start);
  }
  return headers;
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function renderHeader(name, value) {
  try {
    return findHeader(name, value);
  } catch (error) {
    throw new ResultError(/** @type {Error} */ (error).message);
  }
}

/**
 * Names of headers know no case: the last spelling of one name wins.
 * @param {Header[]} headers
 * @param {number} start where the last one begins
 */
function dropOtherSpelling(headers, start) {
  const { key } = headers[start];
  for (let index = start - 1; index >= 0; index--) if (headers[index].key === key) headers.splice(index, 1);
}

/** @param {unknown} value */
function show(value) {
  return typeof value === 'string' ? stringify(value.slice(0, 80)) : String(value);
}

module.exports = { render, ResultError };
