"""Token functions as tutorials write them, and the tokens that come out."""

from __future__ import annotations

import json

from twilio.jwt.access_token import AccessToken  # type: ignore[import-untyped]

from tests.guests.javascript.guests import ACCOUNT, Serve

ROOM_TOKEN = """
exports.handler = function (context, event, callback) {
  // Variables from the process environment, identity set after construction, the bare token as body.
  const { ACCOUNT_SID, API_KEY, API_SECRET } = process.env;
  const { AccessToken } = Twilio.jwt;
  const token = new AccessToken(ACCOUNT_SID, API_KEY, API_SECRET);
  token.identity = event.identity;
  token.addGrant(new AccessToken.VideoGrant());
  const answer = new Twilio.Response();
  answer.setHeaders({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Content-Type': 'application/json',
  });
  answer.setBody(token.toJwt());
  callback(null, answer);
};
"""

VOICE_TOKEN = """
exports.handler = function (context, event, callback) {
  const client = context.getTwilioClient();
  const { AccessToken } = Twilio.jwt;
  const { VoiceGrant } = AccessToken;
  const grant = new VoiceGrant({ outgoingApplicationSid: context.TWIML_APP_SID, incomingAllow: false });
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity: 'caller' });
  token.addGrant(grant);
  return callback(null, { token: token.toJwt() });
};
"""


def test_room_token_is_the_bare_body_under_four_headers(serve: Serve) -> None:
    """Twilio's own library accepts it."""
    answer = serve({"functions/create-room-token.js": ROOM_TOKEN}).ask("/create-room-token", identity="alice")
    token = AccessToken.from_jwt(answer.body.decode(), ACCOUNT["API_SECRET"])

    assert answer.status == 200
    assert answer.headers == (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Allow-Headers", "Content-Type"),
        ("Content-Type", "application/json"),
    )
    assert token.payload["grants"] == {"identity": "alice", "video": {}}


def test_voice_token_allows_outgoing_calls_only(serve: Serve) -> None:
    """A client that is asked for and never used costs nothing."""
    variables = {name: value for name, value in ACCOUNT.items() if name != "AUTH_TOKEN"} | {"TWIML_APP_SID": "AP1"}
    answer = serve({"functions/token.js": VOICE_TOKEN}, variables).ask("/token")
    token = AccessToken.from_jwt(json.loads(answer.body)["token"], ACCOUNT["API_SECRET"])

    assert token.payload["grants"] == {"identity": "caller", "voice": {"outgoing": {"application_sid": "AP1"}}}


def test_room_token_without_a_variable_names_it(serve: Serve) -> None:
    """The commonest mistake of all."""
    failed = serve({"functions/f.js": ROOM_TOKEN}, {"ACCOUNT_SID": ACCOUNT["ACCOUNT_SID"]}).fail("/f", identity="alice")

    assert "API_KEY" in failed.message
    assert failed.problem is not None
    assert failed.problem.file == "functions/f.js"
