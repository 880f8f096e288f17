"""What a beginner can do about an exception, in one sentence. Must not know how it is shown.

Only what is known for certain to help is said; for everything else there is no hint.
"""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Container

# What `from gettone import ...` offers.
_OURS = frozenset(
    (
        "AccessToken",
        "ChatGrant",
        "PlaybackGrant",
        "Response",
        "Runtime",
        "SyncGrant",
        "TaskRouterGrant",
        "VideoGrant",
        "VoiceGrant",
    )
)
_FROM_JAVASCRIPT = {
    "null": "Python writes None.",
    "undefined": "Python writes None.",
    "true": "Python writes True.",
    "false": "Python writes False.",
    "console": "Python writes print(...).",
    "process": "Python reads variables with context.NAME or os.environ['NAME'].",
    "exports": "A Python function is: def handler(context, event): ...",
    "module": "A Python function is: def handler(context, event): ...",
    "require": "Python writes import.",
    "JSON": "Python writes import json, then json.dumps(...); a dict that is returned is sent as JSON anyway.",
    "Twilio": "In Python, import what you need: from gettone import AccessToken, VideoGrant, Response",
}
_HANDLER_PARAMETERS = frozenset(("context", "event", "callback"))
_TWIML = {"VoiceResponse": "voice_response", "MessagingResponse": "messaging_response"}
# What is imported under another name than it is installed.
_PACKAGES = {
    "yaml": "PyYAML",
    "dotenv": "python-dotenv",
    "jwt": "PyJWT",
    "PIL": "Pillow",
    "dateutil": "python-dateutil",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "sklearn": "scikit-learn",
    "Crypto": "pycryptodome",
    "google": "google-api-python-client",
}
_JAVASCRIPT_LINE = re.compile(r"\s*(const|let|var|function|exports\.|module\.exports|async function|//|\}\s*[;)]|new )")
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def hint_for(error: BaseException, variables: Container[str], text: str | None) -> str | None:
    """A hint, or None. `variables` are the environment's, `text` is the line that failed."""
    own = getattr(error, "hint", None) if type(error).__module__.startswith("gettone") else None
    if isinstance(own, str):
        return own
    match error:
        case UnboundLocalError():
            return "A name that is assigned anywhere in a function is local to it: assign it first, or say global."
        case NameError():
            return _for_name(error.name, variables)
        case ModuleNotFoundError():
            return _for_module(error)
        case IndentationError():
            return "Lines of one block begin with equally many spaces; a block follows each line that ends in a colon."
        case SyntaxError():
            return _for_syntax(text)
        case AttributeError():
            return _for_attribute(error)
        case KeyError() if _is_of_environ(error):
            variable = error.args[0]
            return f"The variable {variable} is not set: put it into .env, or set it in the environment's variables."
        case RecursionError():
            return "The function calls itself without an end."
        case MemoryError():
            return "The function asked for more memory than its worker may have."
        case OSError() if error.errno in (errno.EROFS, errno.EACCES):
            return "A function may write below /tmp only."
    return None


def _for_name(name: str | None, variables: Container[str]) -> str | None:
    if not name:
        return None
    if name in variables:
        return f"Variables are members of the context: write context.{name}"
    if name in _OURS:
        return f"Import it first: from gettone import {name}"
    if name in _FROM_JAVASCRIPT:
        return _FROM_JAVASCRIPT[name]
    if name in _HANDLER_PARAMETERS:
        return "The handler is given it: def handler(context, event, callback)"
    if name in _TWIML:
        return f"Import it first: from twilio.twiml.{_TWIML[name]} import {name}"
    if name == "twiml":
        return "No twiml was made: make it first (twiml = VoiceResponse()), or answer with something else."
    if name in sys.stdlib_module_names:
        return f"Import it first: import {name}"
    if name.isupper():
        return f"If {name} is a variable of the environment, set it there (or in .env) and write context.{name}"
    return f"Nothing is called {name} here: assign it, import it, or correct its spelling."


def _for_module(error: ModuleNotFoundError) -> str | None:
    name = error.name
    if not name:
        return None
    top = name.partition(".")[0]
    if "is not a package" in str(error):
        return f"A file of yours called {top}.py hides the package {top}: rename the file."
    if top == "handlers":
        return "There is no such file beside this one."
    package = _PACKAGES.get(top, top)
    return f"Install it into the project's environment (pip install {package}), or add {package} to requirements.txt."


def _for_syntax(text: str | None) -> str:
    if text is not None and (_JAVASCRIPT_LINE.match(text) or text.rstrip().endswith((";", "=> {"))):
        return "This line looks like JavaScript in a Python file: JavaScript functions have names that end in .js."
    return "Python cannot read this line: look for a missing bracket, quote, comma or colon, here or just above."


def _for_attribute(error: AttributeError) -> str | None:
    """Names as JavaScript writes them: `token.toJwt` is `token.to_jwt`."""
    name = getattr(error, "name", None)
    if not isinstance(name, str):
        return None
    snake = _CAMEL.sub(r"_\1", name).lower()
    if snake != name and hasattr(type(getattr(error, "obj", None)), snake):
        return f"In Python it is called {snake}."
    return None


def _is_of_environ(error: KeyError) -> bool:
    """Whether `os.environ[...]` raised it."""
    trace = error.__traceback__
    if trace is None or not error.args or not isinstance(error.args[0], str):
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_globals.get("__name__") == "os"
