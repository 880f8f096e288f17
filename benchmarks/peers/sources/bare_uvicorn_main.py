"""The token function as a bare ASGI app."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import uvicorn

from gettone.tokens import AccessToken, VideoGrant

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

ACCOUNT_SID, API_KEY, API_SECRET = (os.environ[name] for name in ("ACCOUNT_SID", "API_KEY", "API_SECRET"))


async def app(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer with a token for the identity in the body."""
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        body += message["body"]
        more = message["more_body"]
    token = AccessToken(ACCOUNT_SID, API_KEY, API_SECRET, identity=json.loads(body)["identity"])
    token.add_grant(VideoGrant(room="r"))
    answer = json.dumps({"token": token.to_jwt()}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": answer, "more_body": False})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
