'use strict';
/**
 * What a beginner can do about an error: one sentence, or nothing. Must not know where errors are reported.
 */

/**
 * @typedef {{
 *   error: Error, message: string, file: string, text: string | null, before: string | null, column: number | null,
 *   variables: Record<string, string>,
 * }} Evidence `text` is the offending line, `before` the line above it
 */

const SIGNATURE = 'exports.handler = function (context, event, callback) { ... }';

/** @type {Record<string, string>} */
const HOMES = {
  AccessToken: 'Twilio.jwt.AccessToken',
  VideoGrant: 'Twilio.jwt.AccessToken.VideoGrant',
  VoiceGrant: 'Twilio.jwt.AccessToken.VoiceGrant',
  ChatGrant: 'Twilio.jwt.AccessToken.ChatGrant',
  SyncGrant: 'Twilio.jwt.AccessToken.SyncGrant',
  TaskRouterGrant: 'Twilio.jwt.AccessToken.TaskRouterGrant',
  PlaybackGrant: 'Twilio.jwt.AccessToken.PlaybackGrant',
  VoiceResponse: 'Twilio.twiml.VoiceResponse',
  MessagingResponse: 'Twilio.twiml.MessagingResponse',
  twilio: 'Twilio',
  getTwilioClient: 'context.getTwilioClient',
};
/** @type {Record<string, string>} */
const DECLARATIONS = {
  twiml: 'const twiml = new Twilio.twiml.VoiceResponse();',
  client: 'const client = context.getTwilioClient();',
  response: 'const response = new Twilio.Response();',
  identity: 'const identity = event.identity;',
};
const ARGUMENTS = new Set(['context', 'event', 'callback']);
const BROWSER = new Set([
  'window',
  'document',
  'localStorage',
  'sessionStorage',
  'alert',
  'XMLHttpRequest',
  'location',
]);
const COMMONJS = new Set(['require', 'module', 'exports', '__filename', '__dirname']);
const TYPES_PACKAGE = '@twilio-labs/serverless-runtime-types';

// What keyboards and word processors put in the place of quotes, spaces and brackets.
const ODD_CHARACTER = /[“”‘’„«»\u3000\u00a0；，（）｛｝：]/;
// `name: value;` as the only thing on a line
const MEMBER_WITH_SEMICOLON = /^\s*(?:['"]?[\w$-]+['"]?|\[[^\]]+\])\s*:.*;\s*(?:\/\/.*)?$/;
const MEMBER_WITHOUT_COMMA = /^\s*(?:['"]?[\w$-]+['"]?|\[[^\]]+\])\s*:.*[^\s,{[(]\s*$/;

/**
 * @param {Evidence} evidence
 * @returns {string | null}
 */
function hint(evidence) {
  const { error, message } = evidence;
  const { name, code } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return hintMissingModule(message);
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Types are removed from TypeScript before it runs, and this is more than a type: write plain JavaScript.';
  }
  if (name === 'ReferenceError') return hintReference(evidence);
  if (name === 'SyntaxError') return hintSyntax(evidence);
  if (name === 'TypeError') return hintType(message);
  return null;
}

/** @param {Evidence} evidence */
function hintReference({ message, variables }) {
  const early = /^Cannot access '(.+)' before initialization$/.exec(message)?.[1];
  if (early !== undefined) return `${early} is used before the line that declares it: move the declaration up.`;
  const name = /^(.+) is not defined/.exec(message)?.[1];
  if (name === undefined) return null;
  if (Object.hasOwn(variables, name)) return `${name} is a variable of this environment: write context.${name}`;
  if (ARGUMENTS.has(name)) return `${name} is an argument of the handler: write ${SIGNATURE}`;
  if (COMMONJS.has(name)) return `This file is an ES module, where ${name} does not exist: use import and export.`;
  if (Object.hasOwn(HOMES, name)) return `Nothing named ${name} exists here: write ${HOMES[name]}`;
  if (Object.hasOwn(DECLARATIONS, name))
    return `Nothing named ${name} exists here: declare it first, for example ${DECLARATIONS[name]}`;
  if (BROWSER.has(name)) return `${name} exists in browsers only: a function runs on the server.`;
  if (/^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name)) {
    return `Nothing named ${name} exists here. If it is to be a variable of this environment, set it: context.${name}`;
  }
  return `Nothing named ${name} exists here: declare it, or correct its spelling.`;
}

/** @param {Evidence} evidence */
function hintSyntax({ message, text, before, column, file }) {
  if (text !== null && /Unexpected token ';'|Expected ',', got ';'/.test(message) && MEMBER_WITH_SEMICOLON.test(text)) {
    return 'Members of an object are separated by commas: end this line with , instead of ;';
  }
  const odd = ODD_CHARACTER.exec(text?.slice(Math.max(0, (column ?? 1) - 1)) ?? '')?.[0];
  if (odd !== undefined && /Invalid or unexpected token|Unexpected character/.test(message)) {
    const code = odd.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `The character U+${code} (${odd}) only looks right: type the plain one of the keyboard.`;
  }
  const unexpected = /^Unexpected (?:identifier|string|number|token) ?'?([^']*)'?/.exec(message)?.[1];
  if (
    unexpected !== undefined &&
    /^[\w$'"[]/.test(unexpected) &&
    before !== null &&
    MEMBER_WITHOUT_COMMA.test(before)
  ) {
    return 'Members of an object are separated by commas: end the line above with ,';
  }
  if (/^await is only valid|'await' isn't allowed in non-async function/.test(message)) {
    return 'await works inside async functions: write async before function.';
  }
  if (/Unexpected end of input|^Unexpected eof/.test(message))
    return 'A bracket that was opened is not closed before the end of the file.';
  if (/^missing \) after argument list|^Unexpected token '[)}\]]'/.test(message)) {
    return 'A bracket or a comma is missing here or shortly before.';
  }
  const twice = /^Identifier '(.+)' has already been declared/.exec(message)?.[1];
  if (twice !== undefined) return `${twice} exists already: choose another name, or drop the second const, let or var.`;
  if (/Unexpected token 'export'|Cannot use import statement outside a module/.test(message)) {
    return 'This file is CommonJS: use require and exports, or name it .mjs to use import and export.';
  }
  if (/does not provide an export named/.test(message) && file.endsWith('.ts')) {
    return 'What is only a type has to be imported with import type { ... }.';
  }
  return null;
}

/** @param {string} message */
function hintType(message) {
  const read = /^Cannot (?:read|set) properties of (undefined|null) \((?:reading|setting) '(.+)'\)/.exec(message);
  if (read !== null) return `What stands before .${read[2]} is ${read[1]}: check where it gets its value.`;
  const destructured = /^Cannot destructure property '(.+?)' of '(.+?)' as it is (undefined|null)/.exec(message);
  if (destructured !== null) return `${destructured[2]} is ${destructured[3]}: check where it gets its value.`;
  if (/^callback is not a function/.test(message))
    return `callback is the third argument of the handler: write ${SIGNATURE}`;
  const called = /^(.+) is not a (function|constructor)/.exec(message);
  if (called !== null) {
    const use = called[2] === 'function' ? 'called' : 'made with new';
    return `${called[1]} is not something that can be ${use}: check its spelling and where it comes from.`;
  }
  if (/^Assignment to constant variable/.test(message))
    return 'What is declared with const cannot be given another value: declare it with let.';
  return null;
}

/** @param {string} message */
function hintMissingModule(message) {
  const name = /Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  if (name === undefined) return null;
  if (/^[./]/.test(name) || name.startsWith('file:'))
    return `There is no file ${name} here: check its name, and write it relative to this file.`;
  if (name.startsWith(TYPES_PACKAGE)) return 'What is only a type has to be imported with import type { ... }.';
  const top = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  return `The package ${top} is not installed: add it to the dependencies in package.json and run npm install.`;
}

module.exports = { hint, SIGNATURE };
