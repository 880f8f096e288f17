"""The form that calls a function: its fields, guessed from the code, and the same call as a line of curl. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

from gettone.console.forms import Form, filled
from gettone.control.sheets import SheetFile
from gettone.control.trying import Call, Encoding
from gettone.model.functions import FunctionEvent, Visibility

Row = tuple[str, str]

NAMES_MAX = 8
FREE_ROWS = 2
# What the templates ask for, so that the first call answers with a token.
_EXAMPLES = {"identity": "alice", "room": "standup"}
# `event.room`, `event["room"]`, `event.get("room")`: a guess, for comfort. What is not found is typed.
_NAMED = re.compile(
    r"""\bevent(?:\.get\(\s*|\[\s*)["']([A-Za-z_][\w-]{0,60})["']"""
    r"""|\bevent\.([A-Za-z_]\w{0,60})\b(?!\s*\()"""
)
_OURS = frozenset({"request", "get"})


def parameter_rows(source: str) -> tuple[Row, ...]:
    """Names of parameters that code seems to read, each with an example where one is known."""
    names = [quoted or plain for quoted, plain in _NAMED.findall(source)]
    known = [name for name in dict.fromkeys(names) if name not in _OURS]
    return tuple((name, _EXAMPLES.get(name, "")) for name in known[:NAMES_MAX])


def merged_rows(source: str, form: Form) -> tuple[Row, ...]:
    """The same names with what somebody has typed meanwhile, and what else they typed."""
    typed = dict(sent_rows(form))
    guessed = parameter_rows(source)
    names = {name for name, _ in guessed}
    return (
        *((name, typed.get(name, example)) for name, example in guessed),
        *((name, value) for name, value in typed.items() if name not in names and value),
    )


def first_form(file: SheetFile | None) -> Form:
    """The form before anybody has called: webhooks are posted as Twilio does, the rest as a page would."""
    is_webhook = file is not None and (file.event is not FunctionEvent.NONE or file.visibility is Visibility.PROTECTED)
    return filled(method="POST", encoding=str(Encoding.FORM if is_webhook else Encoding.JSON), signed=is_webhook)


def sent_rows(form: Form) -> tuple[Row, ...]:
    """The parameters that somebody typed."""
    pairs = zip_longest(form.all("parameter"), form.all("parameter_value"), fillvalue="")
    return tuple((name.strip(), value) for name, value in pairs if name.strip())


def call_of(form: Form, path: str) -> Call:
    """The call that a form asks for."""
    method: Literal["GET", "POST"] = "GET" if form.text("method") == "GET" else "POST"
    asked = form.text("encoding")
    encoding = Encoding(asked) if asked in set(Encoding) else Encoding.JSON
    body = form.raw("body")
    return Call(
        path=path,
        method=method,
        encoding=Encoding.QUERY if method == "GET" else encoding,
        parameters=sent_rows(form),
        body=body if body.strip() and encoding in (Encoding.JSON, Encoding.TEXT) and method == "POST" else None,
        signed=form.flag("signed"),
    )


def curl_of(url: str, form: Form, rows: Sequence[Row]) -> str:
    """The same call as one typed into a terminal, without a signature."""
    if not url:
        return ""
    parts = ["curl", url]
    encoding = form.text("encoding")
    body = form.raw("body").strip()
    if form.text("method") == "GET" or encoding == Encoding.QUERY:
        parts += ["-G"] if form.text("method") == "GET" else ["-X", "POST"]
        parts += [word for name, value in rows for word in ("--data-urlencode", f"{name}={value}")]
    elif encoding == Encoding.FORM:
        parts += ["-X", "POST", *(word for name, value in rows for word in ("--data-urlencode", f"{name}={value}"))]
    else:
        kind = "application/json" if encoding == Encoding.JSON else "text/plain"
        text = body or (json.dumps(dict(rows), ensure_ascii=False) if encoding == Encoding.JSON else "")
        parts += ["-H", f"Content-Type: {kind}", "-d", text]
    return shlex.join(parts)
