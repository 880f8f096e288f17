"""What happens when somebody calls: answered only for requests that are signed with the account's auth token."""

from xml.sax.saxutils import escape

from gettone import Response


def handler(context, event):
    caller = event.get("From", "somebody")
    twiml = f"<Response><Say>Hello, {escape(caller)}. Goodbye.</Say></Response>"
    return Response(headers={"Content-Type": "text/xml"}, body=twiml)
