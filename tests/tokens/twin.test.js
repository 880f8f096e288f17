'use strict';
/**
 * What only JavaScript can get wrong about minting. Run by test_twin.py: node --test twin.test.js, with TOKENS_JS and TWILIO set.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const util = require('node:util');

const { AccessToken, TokenError, MintError, GrantError, mint } = require(process.env.TOKENS_JS);
const Official = require(process.env.TWILIO).jwt.AccessToken;

const ACCOUNT_SID = `AC${'a'.repeat(32)}`;
const KEY_SID = `SK${'b'.repeat(32)}`;
const SECRET = 'c'.repeat(32);
const make = (options = { identity: 'alice' }) => new AccessToken(ACCOUNT_SID, KEY_SID, SECRET, options);
const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));

test('a missing value throws where it was forgotten, and names the variable', () => {
  assert.throws(() => new AccessToken(undefined, KEY_SID, SECRET), /is the variable ACCOUNT_SID set\?/);
  assert.throws(() => new AccessToken(ACCOUNT_SID, undefined, SECRET), /is the variable API_KEY set\?/);
  assert.throws(() => new AccessToken(ACCOUNT_SID, KEY_SID, undefined), /is the variable API_SECRET set\?/);
});

test('the identity may be set after construction, and is missed only when minting', () => {
  const token = new AccessToken(ACCOUNT_SID, KEY_SID, SECRET);
  assert.throws(() => token.toJwt(), { name: 'MissingValueError', reason: 'missing_value' });
  token.identity = 'alice';
  token.addGrant(new AccessToken.VideoGrant());

  assert.deepEqual(claimsOf(token.toJwt()).grants, { identity: 'alice', video: {} });
});

test('a grant may be changed until the token is minted', () => {
  const grant = new AccessToken.VideoGrant();
  const token = make();
  token.addGrant(grant);
  grant.room = 'attic';

  assert.deepEqual(claimsOf(token.toJwt()).grants.video, { room: 'attic' });
});

test('options may be missing, empty or null', () => {
  for (const options of [undefined, null, {}]) {
    const token = make(options);
    token.identity = 'alice';
    const claims = claimsOf(token.toJwt());
    assert.equal(claims.exp - claims.iat, 3600);
    assert.equal('nbf' in claims, false);
  }
});

test('each minting has a jti of its own', () => {
  const token = make();
  const seen = new Set(Array.from({ length: 10000 }, () => claimsOf(token.toJwt()).jti));

  assert.equal(seen.size, 10000);
});

test('neither toString, inspect nor JSON shows the secret or a token, and none throws', () => {
  const tokens = [make(), make({ identity: { toString: null } }), make({ identity: Symbol('x') }), make({ identity: 42 })];
  tokens[0].addGrant(new AccessToken.VideoGrant({ room: 'kitchen' }));
  tokens[1].grants = [null, { key: Symbol('y') }];
  for (const token of tokens) {
    const shown = `${token} ${util.inspect(token)} ${util.inspect({ token })} ${JSON.stringify(token)}`;
    assert.doesNotMatch(shown, /ccc|eyJ/);
  }

  assert.equal(String(tokens[0]), `<AccessToken of ${KEY_SID} for alice: video>`);
  assert.equal(tokens[0].secret, SECRET);
});

test('a secret that was replaced signs the next token', () => {
  const token = make();
  const first = mint(token, 'HS256', 1700000000, 'x');
  token.secret = 'd'.repeat(32);

  assert.notEqual(mint(token, 'HS256', 1700000000, 'x'), first);
});

test('an algorithm that is none of the three is refused', () => {
  for (const algorithm of ['none', 'RS256', 'hs256', 'toString', '__proto__', {}, 7]) {
    assert.throws(() => make().toJwt(algorithm), { name: 'AlgorithmError', message: /one of HS256, HS384, HS512/ });
  }
  assert.deepEqual(AccessToken.ALGORITHMS, Official.ALGORITHMS);
  assert.equal(AccessToken.DEFAULT_ALGORITHM, Official.DEFAULT_ALGORITHM);
});

test('the official grants work in our token, and ours in the official one', () => {
  const token = make();
  token.addGrant(new Official.VideoGrant({ room: 'kitchen' }));
  const official = new Official(ACCOUNT_SID, KEY_SID, SECRET, { identity: 'alice' });
  official.addGrant(new AccessToken.VideoGrant({ room: 'kitchen' }));

  assert.deepEqual(claimsOf(token.toJwt()).grants, claimsOf(official.toJwt()).grants);
});

test('a grant of ones own is carried, and one named identity is not', () => {
  class OwnGrant extends AccessToken.Grant {
    toPayload() {
      return { at: new Date(0), left: undefined };
    }
  }
  const token = make();
  token.addGrant(new OwnGrant('own'));
  assert.deepEqual(claimsOf(token.toJwt()).grants.own, { at: '1970-01-01T00:00:00.000Z' });
  token.addGrant(new OwnGrant('identity'));

  assert.throws(() => token.toJwt(), GrantError);
});

test('what JSON would drop or replace without a word is refused', () => {
  const circle = {};
  circle.again = circle;
  const values = [NaN, -Infinity, 10n, () => 1, Symbol('x'), new Map([[1, 2]]), Promise.resolve(1), new Uint8Array(1), circle];
  for (const value of values) {
    const token = make();
    token.addGrant(new AccessToken.PlaybackGrant({ grant: { value } }));
    assert.throws(() => token.toJwt(), { name: 'GrantError', message: /holds what JSON cannot say/ });
  }
});

test('a member named like the prototype is a member', () => {
  const token = make();
  token.addGrant(new AccessToken.PlaybackGrant({ grant: JSON.parse('{"__proto__": {"a": 1}}') }));

  assert.match(JSON.stringify(claimsOf(token.toJwt()).grants.player), /^\{"__proto__":\{"a":1\}\}$/);
});

test('long and short tokens of one key can be minted in turn', () => {
  const lengths = [1, 3000, 2, 9000, 1, 700, 4000];
  for (const length of lengths) {
    for (const letter of ['x', 'é', '日']) {
      const identity = letter.repeat(Math.ceil(length / Buffer.byteLength(letter)));
      assert.equal(claimsOf(make({ identity }).toJwt()).grants.identity, identity);
    }
  }
});

test('keys beyond the number that is kept are prepared anew', () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 300; i++) {
      const token = new AccessToken(ACCOUNT_SID, `SK${i}`, SECRET, { identity: 'alice' });
      assert.equal(claimsOf(token.toJwt()).iss, `SK${i}`);
    }
  }
});

test('a short secret warns once for each key', async () => {
  const warnings = [];
  const note = (warning) => warnings.push(warning.name);
  process.on('warning', note);
  for (let i = 0; i < 3; i++) new AccessToken(ACCOUNT_SID, KEY_SID, 'short', { identity: 'alice' }).toJwt();
  await new Promise(setImmediate);
  process.off('warning', note);

  assert.deepEqual(warnings, ['WeakSecretWarning']);
});

test('errors are one family with a name and a reason', () => {
  try {
    make({ identity: '' }).toJwt();
    assert.fail('it was minted');
  } catch (error) {
    assert.ok(error instanceof MintError && error instanceof TokenError && error instanceof Error);
    assert.match(error.stack, /^MissingValueError: the identity is missing/);
  }
});
