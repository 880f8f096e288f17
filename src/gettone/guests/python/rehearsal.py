"""What a zygote does before it clones: import what handlers commonly import, and run an invocation once.

A clone then starts with warm code in memory that all of them share. Must not leave a trace in what a function sees.
"""

from __future__ import annotations

import importlib
import io
import socket
import traceback
from types import ModuleType

from gettone.handlers.context import Context
from gettone.handlers.response import Response
from gettone.handlers.results import answer

from . import messages
from .calling import prepare
from .failures import Failures
from .frames import Wire
from .logs import INFO, Logs, LogStream
from .places import Places
from .running import Runner

# The standard library as handlers use it, and what it loads only when first asked (`strptime`, names of hosts).
PRELOADED = (
    f"{__package__}.overlapping",
    "gettone",
    "gettone.handlers",
    "gettone.tokens",
    "_strptime",
    "argparse",
    "base64",
    "binascii",
    "calendar",
    "collections",
    "concurrent.futures",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "email.message",
    "encodings.idna",
    "encodings.latin_1",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "html",
    "http.client",
    "http.cookies",
    "inspect",
    "io",
    "itertools",
    "json",
    "linecache",
    "locale",
    "logging",
    "math",
    "operator",
    "pathlib",
    "queue",
    "random",
    "re",
    "secrets",
    "shutil",
    "ssl",
    "string",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "warnings",
    "zoneinfo",
)

# A handler as the tutorials write it. Run with names that belong to nobody.
HANDLER = """
import os
from gettone import AccessToken, Response, Runtime, VideoGrant

def handler(context, event, callback):
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context["API_SECRET"], identity=event.identity)
    token.add_grant(VideoGrant(room=event.get("room")))
    response = Response()
    response.set_headers({"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"})
    response.set_body({"token": token.to_jwt()})
    callback(None, response)
"""
MEMBERS = {"ACCOUNT_SID": "AC" + "0" * 32, "API_KEY": "SK" + "0" * 32, "API_SECRET": "0" * 32, "PATH": "/"}
HEAD = b'{"type":"invoke","id":1,"function":"/","request":"RQ00000000000000000000000000000000"}'
EVENT = b'{"request":{"headers":{"host":"localhost"},"cookies":{}},"identity":"alice"}'
# Often enough that the interpreter has specialised the code for what it sees.
ROUNDS = 16


def rehearse(logs: Logs) -> None:
    """Load and run what a worker will need at its first invocation. `logs` must be open to nobody yet."""
    for name in PRELOADED:
        importlib.import_module(name)
    module = ModuleType("handlers.rehearsal")
    exec(compile(HANDLER, "rehearsal.py", "exec"), module.__dict__)  # noqa: S102 - our own text, just above
    handler = prepare(module, "rehearsal.py")
    near, far = socket.socketpair()
    with near, far:
        wire, host = Wire(near, logs.lock), Wire(far, logs.lock)
        runner = Runner(logs)
        for _ in range(ROUNDS):
            host.send(HEAD, EVENT)
            head, body = wire.receive()
            invocation = logs.begin(messages.read_invoke(head)[0])
            print("rehearsal", file=LogStream(logs, INFO, 1))
            made = answer(runner.run(handler, Context(MEMBERS), messages.read_event(body)))
            logs.end(invocation)
            wire.send(messages.completed(invocation.id, made, invocation.dropped), made.body)
            host.receive()
    answer({"a": 1})
    answer(Response(headers={"A": "a"}))
    failures = Failures(Places("/", "/", {}), ())
    try:
        module.handler(None, None, None)
    except AttributeError as error:
        failures.describe(error, "/", "rehearsal.py")
        traceback.print_exception(error, file=io.StringIO())
