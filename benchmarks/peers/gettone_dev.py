"""Gettone: `gettone dev` with a project of one function, in either language. Must not know the other peers."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.peer import Peer, Place, write_project
from benchmarks.processes import Command, plain_environment

PYTHON_FUNCTION = """\
from gettone import AccessToken, VideoGrant


def handler(context, event):
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, identity=event.identity)
    token.add_grant(VideoGrant(room="r"))
    return {"token": token.to_jwt()}
"""
# twilio-run runs the same text.
JAVASCRIPT_FUNCTION = """\
exports.handler = function (context, event, callback) {
  const AccessToken = Twilio.jwt.AccessToken;
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity: event.identity });
  token.addGrant(new AccessToken.VideoGrant({ room: 'r' }));
  callback(null, { token: token.toJwt() });
};
"""


def _command(place: Place, file: str, source: str) -> Command:
    write_project(place.folder, file, source)
    gettone = Path(sys.executable).parent / "gettone"
    arguments = (str(gettone), "dev", str(place.folder), "--port", str(place.port))
    # The function's variables come from its .env, not from this environment.
    return Command(arguments, place.folder, plain_environment(place.folder / "home"))


def _python(place: Place) -> Command:
    return _command(place, "token.py", PYTHON_FUNCTION)


def _javascript(place: Place) -> Command:
    return _command(place, "token.js", JAVASCRIPT_FUNCTION)


GETTONE_PYTHON = Peer("gettone dev, Python", (), lambda _: version("gettone"), _python, "/token")
GETTONE_JAVASCRIPT = Peer("gettone dev, JavaScript", (), lambda _: version("gettone"), _javascript, "/token")
