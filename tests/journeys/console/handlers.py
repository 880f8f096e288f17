"""Code that people type in the walks."""

ROOM_TOKEN = """\
exports.handler = function (context, event, callback) {
  const { ACCOUNT_SID, API_KEY, API_SECRET } = process.env;
  const AccessToken = Twilio.jwt.AccessToken;

  const token = new AccessToken(ACCOUNT_SID, API_KEY, API_SECRET);
  token.identity = event.identity;
  token.addGrant(new AccessToken.VideoGrant());

  const response = new Twilio.Response();
  response.setHeaders({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Content-Type': 'application/json',
  });
  response.setBody(token.toJwt());
  callback(null, response);
};
"""

VOICE_TOKEN = """\
exports.handler = function (context, event, callback) {
  const AccessToken = Twilio.jwt.AccessToken;
  const identity = 'user';

  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity });
  token.addGrant(
    new AccessToken.VoiceGrant({
      outgoingApplicationSid: context.TWIML_APP_SID,
      incomingAllow: false,
    }),
  );
  return callback(null, { token: token.toJwt() });
};
"""

MISTAKEN = """\
def handler(context, event):
    names = ["alice", "bob"
    return {"names": names}
"""

MENDED = MISTAKEN.replace('"bob"', '"bob"]')


def answering(text: str) -> str:
    """A function that answers with a text."""
    return f'def handler(context, event):\n    return "{text}"\n'
