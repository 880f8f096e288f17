const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

// Gettone is a Python package: it tells where its test kit for JavaScript lies.
const { call } = require(execFileSync('python', ['-m', 'gettone.testing'], { encoding: 'utf8' }).trim());

const file = (name) => path.join(__dirname, '..', 'functions', name);
const variables = {
  ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  API_KEY: `SK${'2'.repeat(32)}`,
  API_SECRET: '3'.repeat(32),
  TWIML_APP_SID: `AP${'4'.repeat(32)}`,
};
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

test('a room token names the caller and the room', async () => {
  const event = { identity: 'alice', room: 'lobby' };

  const answer = await call(file('create-room-token-js.js'), { event, variables });

  assert.equal(answer.status, 200);
  assert.deepEqual(claims(answer.json().token).grants, { identity: 'alice', video: { room: 'lobby' } });
});

test('a voice token may call out and cannot be called', async () => {
  const answer = await call(file('voice-token.js'), { variables });

  const { voice } = claims(answer.json().token).grants;
  assert.deepEqual(voice, { outgoing: { application_sid: variables.TWIML_APP_SID } });
});
