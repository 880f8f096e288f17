'use strict';
/** Mints with the token class of Gettone's JavaScript guest; its path is the first argument. */

const { serve } = require('./rounds.js');

const [path, version] = process.argv.slice(2);
const { AccessToken } = require(path);
const { ACCOUNT_SID, API_KEY, API_SECRET, IDENTITY, ROOM } = process.env;

serve(version, () => {
  const token = new AccessToken(ACCOUNT_SID, API_KEY, API_SECRET, { identity: IDENTITY });
  token.addGrant(new AccessToken.VideoGrant({ room: ROOM }));
  return token.toJwt();
});
