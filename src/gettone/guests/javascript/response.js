'use strict';
/**
 * `Twilio.Response`, as Twilio documents it. Must not know how an answer is sent.
 */

const COOKIES = 'Set-Cookie';

/** @typedef {string | number | boolean} HeaderValue */

/** The answer of a function: status, body and headers. Every method returns the response itself. */
class Response {
  /** @param {{statusCode?: number, body?: unknown, headers?: Record<string, HeaderValue | HeaderValue[]>}} [options] */
  constructor(options = {}) {
    this.statusCode = options?.statusCode || 200;
    /** @type {unknown} */
    this.body = options?.body || null;
    /** @type {Record<string, HeaderValue | HeaderValue[]>} */
    this.headers = { [COOKIES]: [] };
    if (options?.headers) this.setHeaders(options.headers);
  }

  /** @param {number} statusCode */
  setStatusCode(statusCode) {
    this.statusCode = statusCode;
    return this;
  }

  /** @param {unknown} body */
  setBody(body) {
    this.body = body;
    return this;
  }

  /**
   * Replace all headers.
   * @param {Record<string, HeaderValue | HeaderValue[]>} headers
   */
  setHeaders(headers) {
    if (typeof headers !== 'object' || headers === null) return this;
    this.headers = { [COOKIES]: [] };
    for (const name of Object.keys(headers)) this.appendHeader(name, headers[name]);
    return this;
  }

  /**
   * Add a value to a header. Names differ by case, but for Set-Cookie.
   * @param {string} name
   * @param {HeaderValue | HeaderValue[]} value
   * @throws {Error} where the value is an object
   */
  appendHeader(name, value) {
    if (typeof value === 'object' && !Array.isArray(value)) throw new Error('Header value cannot be an object');
    const key = name.length === COOKIES.length && name.toLowerCase() === 'set-cookie' ? COOKIES : name;
    const before = Object.hasOwn(this.headers, key) ? this.headers[key] : undefined;
    if (before !== undefined) this.headers[key] = /** @type {HeaderValue[]} */ ([]).concat(before, value);
    else this.headers[key] = value;
    return this;
  }

  /**
   * @param {string} name
   * @param {string} value
   * @param {string[]} [attributes] such as `Path=/`
   */
  setCookie(name, value, attributes = []) {
    return this.appendHeader(COOKIES, [`${name}=${value}`, ...attributes].join(';'));
  }

  /**
   * Drop a cookie that this response sets, and tell the browser to forget it.
   * @param {string} name
   */
  removeCookie(name) {
    const cookies = /** @type {HeaderValue[]} */ ([]).concat(this.headers[COOKIES] ?? []);
    this.headers[COOKIES] = cookies.filter((cookie) => !String(cookie).startsWith(`${name}=`));
    return this.appendHeader(COOKIES, `${name}=;Max-Age=0`);
  }
}

module.exports = { Response };
