// A token that lets a browser call out through a TwiML app, and lets nobody call it.
exports.handler = function (context, event, callback) {
  const { AccessToken } = Twilio.jwt;
  const grant = new AccessToken.VoiceGrant({
    outgoingApplicationSid: context.TWIML_APP_SID,
    incomingAllow: false,
  });
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity: 'user' });
  token.addGrant(grant);
  callback(null, { token: token.toJwt() });
};
