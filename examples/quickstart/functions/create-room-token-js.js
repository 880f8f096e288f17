// The same in JavaScript: a token for a video room, for whoever asks.
exports.handler = function (context, event, callback) {
  const { AccessToken } = Twilio.jwt;
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, {
    identity: event.identity,
    ttl: 900,
  });
  token.addGrant(new AccessToken.VideoGrant({ room: event.room }));

  const response = new Twilio.Response();
  response.appendHeader('Access-Control-Allow-Origin', '*');
  response.setBody({ identity: event.identity, token: token.toJwt() });
  callback(null, response);
};
