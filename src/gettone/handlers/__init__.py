"""What a Python handler sees: context, event, request, response, Runtime, and what its result becomes.

A pure leaf: standard library only. Must not know the wire, processes or HTTP servers.
"""

from gettone.handlers.client import TwilioClient
from gettone.handlers.context import Context
from gettone.handlers.errors import MissingParameterError, MissingVariableError, ResultError
from gettone.handlers.event import Event, Headers, Request
from gettone.handlers.response import Response
from gettone.handlers.runtime import Asset, Function, Runtime

__all__ = [
    "Asset",
    "Context",
    "Event",
    "Function",
    "Headers",
    "MissingParameterError",
    "MissingVariableError",
    "Request",
    "Response",
    "ResultError",
    "Runtime",
    "TwilioClient",
]
