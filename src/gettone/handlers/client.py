"""`context.get_twilio_client()`: PyPI `twilio` of the project's own environment, at its first use and not before.

Must not import `twilio` by itself: a handler that never touches the client needs neither package nor credentials.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from gettone.handlers.errors import MissingPackageError


class TwilioClient:
    """Stands for `twilio.rest.Client`. Members raise MissingPackageError or MissingVariableError at their first use."""

    __slots__ = ("_client", "_options", "_variables")

    def __init__(self, variables: Mapping[str, str], options: Mapping[str, object]) -> None:
        self._variables = variables
        self._options = options
        self._client: Any = None

    # Any: the members are those of a package that may not be installed.
    def __getattr__(self, name: str) -> Any:
        if self._client is None:
            self._client = self._open()
        return getattr(self._client, name)

    def __repr__(self) -> str:
        return "<TwilioClient>"

    def _open(self) -> object:
        try:
            rest = importlib.import_module("twilio.rest")
        except ModuleNotFoundError as error:
            if error.name not in ("twilio", "twilio.rest"):
                raise
            raise MissingPackageError(
                "context.get_twilio_client() needs the package 'twilio': install it into the project's environment "
                "(pip install twilio), or add it to requirements.txt.",
                name="twilio",
            ) from error
        # Asked of the variables, so that what is missing is named.
        return rest.Client(self._variables["ACCOUNT_SID"], self._variables["AUTH_TOKEN"], **self._options)
