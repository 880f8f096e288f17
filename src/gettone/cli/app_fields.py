"""The fields of a TwiML application as options, named as Twilio's CLI names them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer


class Verb(StrEnum):
    """How a URL is asked."""

    GET = "GET"
    POST = "POST"


FriendlyName = Annotated[str | None, typer.Option("--friendly-name", metavar="NAME", help="What people call it.")]
VoiceUrl = Annotated[str | None, typer.Option("--voice-url", metavar="URL", help="Where calls are asked about.")]
VoiceMethod = Annotated[Verb | None, typer.Option("--voice-method", help="How: GET or POST.")]
VoiceFallbackUrl = Annotated[
    str | None, typer.Option("--voice-fallback-url", metavar="URL", help="Where, when that fails.")
]
VoiceFallbackMethod = Annotated[Verb | None, typer.Option("--voice-fallback-method", help="How: GET or POST.")]
StatusCallback = Annotated[
    str | None, typer.Option("--status-callback", metavar="URL", help="Where the end of a call is told.")
]
StatusCallbackMethod = Annotated[Verb | None, typer.Option("--status-callback-method", help="How: GET or POST.")]
VoiceCallerIdLookup = Annotated[
    bool | None,
    typer.Option(
        "--voice-caller-id-lookup/--no-voice-caller-id-lookup", help="Look up the caller's name.", show_default=False
    ),
]
SmsUrl = Annotated[str | None, typer.Option("--sms-url", metavar="URL", help="Where messages are asked about.")]
SmsMethod = Annotated[Verb | None, typer.Option("--sms-method", help="How: GET or POST.")]
SmsFallbackUrl = Annotated[
    str | None, typer.Option("--sms-fallback-url", metavar="URL", help="Where, when that fails.")
]
SmsFallbackMethod = Annotated[Verb | None, typer.Option("--sms-fallback-method", help="How: GET or POST.")]
SmsStatusCallback = Annotated[
    str | None, typer.Option("--sms-status-callback", metavar="URL", help="Where the fate of a message is told.")
]
MessageStatusCallback = Annotated[
    str | None, typer.Option("--message-status-callback", metavar="URL", help="The same, newer.")
]
PublicApplicationConnectEnabled = Annotated[
    bool | None,
    typer.Option(
        "--public-application-connect-enabled/--no-public-application-connect-enabled",
        help="Let clients of other accounts call it.",
        show_default=False,
    ),
]


def form_of(given: Mapping[str, str | bool | None]) -> dict[str, str]:
    """What was given, as Twilio's forms have it. What is None was not given; an empty URL takes one away."""
    return {
        "".join(part.capitalize() for part in name.split("_")): _written(value)
        for name, value in given.items()
        if value is not None
    }


def _written(value: str | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
