"""`context`: the environment's variables, and where the function runs. Must not know the request.

A variable named like one of the platform's own members replaces it, as on Twilio; only `get_twilio_client` stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gettone.handlers.client import TwilioClient
from gettone.handlers.errors import MissingVariableError

_CLIENT_NAMES = frozenset(("get_twilio_client", "getTwilioClient"))


class Context(Mapping[str, str]):
    """The variables: `context.API_KEY`, `context["API_KEY"]`, `context.get("API_KEY")`."""

    def __init__(self, members: Mapping[str, str]) -> None:
        own = self.__dict__
        own.update(members)
        if not _CLIENT_NAMES.isdisjoint(own):
            for name in _CLIENT_NAMES:
                own.pop(name, None)

    def __getitem__(self, name: str) -> str:
        try:
            value: str = self.__dict__[name]
        except KeyError:
            raise MissingVariableError(name) from None
        return value

    def __getattr__(self, name: str) -> str:
        # Called only for what is not there.
        raise MissingVariableError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __repr__(self) -> str:
        # Names only: a context that is printed must not tell its secrets.
        return f"<Context {' '.join(self.__dict__)}>"

    def get_twilio_client(self, **options: object) -> TwilioClient:
        """Twilio's REST client for this account, imported and made at its first use.

        `options` go to `twilio.rest.Client`.
        """
        return TwilioClient(self, options)

    getTwilioClient = get_twilio_client  # noqa: N815 - what every tutorial calls it
