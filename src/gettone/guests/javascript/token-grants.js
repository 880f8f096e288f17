'use strict';
/**
 * What a token opens: one class per Twilio product, with Twilio's option names. Must not know tokens, keys or times.
 */

const { ERRORS, kind } = require('./token-errors.js');

const { GrantError } = ERRORS;
/** Real grants have four levels, and recursion must end somewhere. */
const MAX_DEPTH = 32;

/**
 * Tell whether a value has members that JSON can say: not a list, a Map, a Promise or bytes.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** What JSON cannot say, and JSON.stringify would drop or replace without a word. */
class UnsayableError extends Error {}

/**
 * Copy a value into what JSON can say. As in JSON.stringify, toJSON() is called and undefined members are left out.
 * @param {unknown} value
 * @param {number} depth
 * @returns {unknown}
 */
function plain(value, depth) {
  if (depth > MAX_DEPTH) throw new UnsayableError(`more than ${MAX_DEPTH} levels, or a value that holds itself`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new UnsayableError(kind(value));
    return value;
  }
  const own = /** @type {{toJSON?: unknown}} */ (value);
  if (typeof value === 'object' && typeof own.toJSON === 'function') return plain(own.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((item) => plain(item === undefined ? null : item, depth + 1));
  if (!isObject(value)) throw new UnsayableError(kind(value));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member, depth + 1)]));
}

/**
 * What a token opens. Extend it for a grant of your own, with `toPayload`.
 */
class Grant {
  /** @param {string} key the grant's name among the token's grants */
  constructor(key) {
    this.key = key;
  }

  /**
   * Return what the token will say under `key`.
   * @returns {Record<string, unknown>}
   */
  toPayload() {
    throw new GrantError(`${this.constructor.name} must define toPayload`);
  }
}

/**
 * Return the members that are set, all of which must be text.
 * @param {string} key
 * @param {Record<string, unknown>} members
 * @returns {Record<string, unknown>}
 */
function textsOf(key, members) {
  for (const [name, value] of Object.entries(members)) {
    if (!value) delete members[name];
    else if (typeof value !== 'string') {
      throw new GrantError(`${name} of the ${key} grant must be text, not ${kind(value)}`);
    }
  }
  return members;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function objectOf(name, value) {
  if (!isObject(value)) throw new GrantError(`${name} must be an object, not ${kind(value)}`);
  return value;
}

/** May join a video room; without `room`, any room of the account. */
class VideoGrant extends Grant {
  /** @param {{room?: string}} [options] */
  constructor(options) {
    super('video');
    this.room = options?.room;
  }

  toPayload() {
    return textsOf(this.key, { room: this.room });
  }
}

/**
 * May place calls through an application, and receive them. As with Twilio, `incoming` is granted only when
 * `incomingAllow` is exactly true, and the parameters only together with an application's SID.
 */
class VoiceGrant extends Grant {
  /**
   * @param {{incomingAllow?: boolean, outgoingApplicationSid?: string, outgoingApplicationParams?: object,
   *   pushCredentialSid?: string, endpointId?: string}} [options]
   */
  constructor(options) {
    super('voice');
    this.incomingAllow = options?.incomingAllow;
    this.outgoingApplicationSid = options?.outgoingApplicationSid;
    this.outgoingApplicationParams = options?.outgoingApplicationParams;
    this.pushCredentialSid = options?.pushCredentialSid;
    this.endpointId = options?.endpointId;
  }

  toPayload() {
    /** @type {Record<string, unknown>} */
    const payload = {};
    if (this.incomingAllow === true) payload.incoming = { allow: true };
    const outgoing = textsOf(this.key, { application_sid: this.outgoingApplicationSid });
    if (outgoing.application_sid) {
      if (this.outgoingApplicationParams) {
        outgoing.params = objectOf('params of the voice grant', this.outgoingApplicationParams);
      }
      payload.outgoing = outgoing;
    }
    const rest = { push_credential_sid: this.pushCredentialSid, endpoint_id: this.endpointId };
    return Object.assign(payload, textsOf(this.key, rest));
  }
}

/** May use a chat or Conversations service. */
class ChatGrant extends Grant {
  /**
   * @param {{serviceSid?: string, endpointId?: string, deploymentRoleSid?: string,
   *   pushCredentialSid?: string}} [options]
   */
  constructor(options) {
    super('chat');
    this.serviceSid = options?.serviceSid;
    this.endpointId = options?.endpointId;
    this.deploymentRoleSid = options?.deploymentRoleSid;
    this.pushCredentialSid = options?.pushCredentialSid;
  }

  toPayload() {
    return textsOf(this.key, {
      service_sid: this.serviceSid,
      endpoint_id: this.endpointId,
      deployment_role_sid: this.deploymentRoleSid,
      push_credential_sid: this.pushCredentialSid,
    });
  }
}

/** May use a Sync service. */
class SyncGrant extends Grant {
  /** @param {{serviceSid?: string, endpointId?: string}} [options] */
  constructor(options) {
    super('data_sync');
    this.serviceSid = options?.serviceSid;
    this.endpointId = options?.endpointId;
  }

  toPayload() {
    return textsOf(this.key, { service_sid: this.serviceSid, endpoint_id: this.endpointId });
  }
}

/** May act as a worker or supervisor of a TaskRouter workspace. */
class TaskRouterGrant extends Grant {
  /** @param {{workspaceSid?: string, workerSid?: string, role?: string}} [options] */
  constructor(options) {
    super('task_router');
    this.workspaceSid = options?.workspaceSid;
    this.workerSid = options?.workerSid;
    this.role = options?.role;
  }

  toPayload() {
    return textsOf(this.key, { workspace_sid: this.workspaceSid, worker_sid: this.workerSid, role: this.role });
  }
}

/** May play a stream: the object that Twilio's API gave, carried as it is. */
class PlaybackGrant extends Grant {
  /** @param {{grant?: object}} [options] */
  constructor(options) {
    super('player');
    this.grant = options?.grant;
  }

  toPayload() {
    return this.grant ? objectOf('the player grant', this.grant) : {};
  }
}

/**
 * Throw unless the value has a grant's shape: ours, the official library's, or anything else with a key and a payload.
 * @param {unknown} value
 */
function checkGrant(value) {
  if (value instanceof Grant) return;
  if (typeof value === 'function') {
    throw new GrantError(`a grant must be made from its class first, and ${value.name} is still the class`);
  }
  const grant = /** @type {{key?: unknown, toPayload?: unknown} | null | undefined} */ (value);
  if (typeof grant?.toPayload !== 'function' || grant.key === undefined) {
    throw new GrantError(
      `a grant must be made from one of the grant classes, such as VideoGrant, and is ${kind(grant)}`,
    );
  }
}

/**
 * Write a grant as a member of a JSON object that has one already: `,"key":{...}`.
 * @param {Grant} grant
 * @returns {string}
 */
function writeGrant(grant) {
  if (Object.getPrototypeOf(grant) === VideoGrant.prototype) {
    const { room } = /** @type {VideoGrant} */ (/** @type {unknown} */ (grant));
    if (!room) return ',"video":{}';
    if (typeof room === 'string') return `,"video":{"room":${JSON.stringify(room)}}`;
  }
  const key = grant.key;
  // The identity stands among the grants: a grant of that name would let the token speak for somebody else.
  if (typeof key !== 'string' || key === '' || key === 'identity') {
    throw new GrantError("a grant's key must be text, and neither empty nor identity");
  }
  const payload = grant.toPayload();
  try {
    return `,${JSON.stringify(key)}:${JSON.stringify(plain(payload ?? {}, 0))}`;
  } catch (error) {
    if (!(error instanceof UnsayableError)) throw error;
    throw new GrantError(`the ${key} grant holds what JSON cannot say: ${error.message}`);
  }
}

module.exports = {
  checkGrant,
  writeGrant,
  GRANTS: { Grant, VideoGrant, VoiceGrant, ChatGrant, SyncGrant, TaskRouterGrant, PlaybackGrant },
};
