"""Which names and values variables may have, and how much an environment's weigh with what the platform adds.

Names are Twilio's. Three are refused: PATH is in every context the path of the function itself, and the other two are
its client; a variable of such a name would never be seen. DOMAIN_NAME, SERVICE_SID, ENVIRONMENT_SID, ACCOUNT_SID and
AUTH_TOKEN may be set, and take the place of what the platform says, as on Twilio. An empty value is a value.

Twilio hands a function all of it as one JSON text of about 3 kB. Must not know how variables are made or changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gettone.control.office import Office
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.services import Service
from gettone.model.variables import Variables
from gettone.store.interface import Transaction

RESERVED = frozenset({"PATH", "getTwilioClient", "get_twilio_client"})

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# As long as every auth token.
_TOKEN_SHAPE = "0" * 32


def check_key(key: str, characters_max: int) -> None:
    """Raise PlatformError `invalid` unless a variable may have this name."""
    if len(key) > characters_max:
        raise _wrong_key(f"Key has {len(key)} characters, {characters_max} are allowed: shorten it")
    if not _KEY.fullmatch(key):
        raise _wrong_key("Key must be made of letters, digits and underscores, and not begin with a digit")
    if key in RESERVED:
        raise _wrong_key(f"{key} is a name of the platform's own in every context: choose another")


def check_value(key: str, value: str, bytes_max: int) -> None:
    """Raise PlatformError `invalid`, which shows nothing of it, unless a variable may have this value."""
    try:
        size_bytes = len(value.encode())
    except UnicodeEncodeError:
        raise PlatformError("invalid", f"the value of {key} is no text that UTF-8 has", parameter="Value") from None
    if size_bytes > bytes_max:
        raise PlatformError(
            "invalid",
            f"the value of {key} has {size_bytes} bytes, {bytes_max} are allowed:"
            " shorten it, or keep it in a private asset",
            parameter="Value",
        )
    if "\0" in value:
        raise PlatformError(
            "invalid",
            f"the value of {key} holds a NUL character, which no variable can hold: remove it",
            parameter="Value",
        )


def injected(service: Service) -> Mapping[str, str]:
    """What the platform adds to the variables of a service; in place of the auth token, a text of its length."""
    return {"ACCOUNT_SID": service.account_sid, "AUTH_TOKEN": _TOKEN_SHAPE} if service.include_credentials else {}


def payload_bytes(values: Mapping[str, str]) -> int:
    """The size of variables as JSON."""
    return len(json.dumps(dict(values), ensure_ascii=False, separators=(",", ":")).encode())


def check_payload(
    office: Office, service: Service, environment: EnvironmentResource, values: Mapping[str, str]
) -> None:
    """Raise PlatformError `invalid`, which tells how many bytes are too many, unless these variables fit."""
    bytes_max = office.limits.environment_bytes
    # A variable of one of these names takes its place.
    size_bytes = payload_bytes({**injected(service), **values})
    if size_bytes > bytes_max:
        raise PlatformError(
            "invalid",
            f"the variables of {environment.unique_name} have {size_bytes} bytes as JSON, with what the platform adds:"
            f" {size_bytes - bytes_max} more than the {bytes_max} that are allowed. Shorten or delete some",
            size_bytes=size_bytes,
            bytes_max=bytes_max,
        )


async def check_payloads(tx: Transaction, office: Office, service: Service) -> None:
    """Check every environment of a service."""
    for environment in await tx.environments.all(service_sid=service.sid):
        check_payload(office, service, environment, await open_variables(tx, office, environment))


async def open_variables(tx: Transaction, office: Office, environment: EnvironmentResource) -> Variables:
    """An environment's own variables, opened."""
    kept = await tx.variables.all(environment_sid=environment.sid)
    return Variables({each.key: office.vault.open("variable", each.sid, each.value) for each in kept})


def _wrong_key(message: str) -> PlatformError:
    return PlatformError("invalid", message, parameter="Key")
