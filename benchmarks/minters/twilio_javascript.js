'use strict';
/** Mints with npm `twilio`; the folder that it is installed in is the first argument. */

const { createRequire } = require('node:module');
const { serve } = require('./rounds.js');

const from = createRequire(`${process.argv[2]}/`);
const { AccessToken } = from('twilio').jwt;
const { ACCOUNT_SID, API_KEY, API_SECRET, IDENTITY, ROOM } = process.env;

serve(from('twilio/package.json').version, () => {
  const token = new AccessToken(ACCOUNT_SID, API_KEY, API_SECRET, { identity: IDENTITY });
  token.addGrant(new AccessToken.VideoGrant({ room: ROOM }));
  return token.toJwt();
});
