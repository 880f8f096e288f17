"""A token for a video room, for whoever asks. Put a check of your own before it: see README.md."""

from gettone import AccessToken, Response, VideoGrant


def handler(context, event):
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, identity=event.identity, ttl=900)
    token.add_grant(VideoGrant(room=event.get("room")))
    return (
        Response()
        .append_header("Access-Control-Allow-Origin", "*")
        .set_body({"identity": event.identity, "token": token.to_jwt()})
    )
