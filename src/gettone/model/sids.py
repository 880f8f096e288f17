"""Names that Twilio's clients accept: two upper-case letters and 32 lower-case hex digits.

Must not know what stands behind a SID, nor where randomness comes from: it is handed in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NewType, TypeVar

from gettone.model.errors import PlatformError

AccountSid = NewType("AccountSid", str)
ApiKeySid = NewType("ApiKeySid", str)
ApplicationSid = NewType("ApplicationSid", str)
ServiceSid = NewType("ServiceSid", str)
EnvironmentSid = NewType("EnvironmentSid", str)
VariableSid = NewType("VariableSid", str)
FunctionSid = NewType("FunctionSid", str)
AssetSid = NewType("AssetSid", str)
FunctionVersionSid = NewType("FunctionVersionSid", str)
AssetVersionSid = NewType("AssetVersionSid", str)
BuildSid = NewType("BuildSid", str)
DeploymentSid = NewType("DeploymentSid", str)
LogSid = NewType("LogSid", str)
RequestSid = NewType("RequestSid", str)

Randomness = Callable[[int], bytes]
"""So many random bytes; `os.urandom` outside tests."""

_HEX = re.compile(r"[0-9a-f]{32}")

S = TypeVar("S", bound=str)


@dataclass(frozen=True, slots=True)
class SidKind(Generic[S]):
    """One sort of SID: its two letters and its type."""

    prefix: str
    type: Callable[[str], S]
    noun: str

    def make(self, randomness: Randomness) -> S:
        """Make a new SID from 16 random bytes."""
        return self.type(self.prefix + randomness(16).hex())

    def derive(self, text: str) -> S:
        """Derive the SID that belongs to this text: equal text, equal SID, in every process."""
        digest = hashlib.sha256(f"{self.prefix}\0{text}".encode("utf-8", "surrogatepass"))
        return self.type(self.prefix + digest.hexdigest()[:32])

    def matches(self, text: str) -> bool:
        """Whether the text has the form of such a SID."""
        return text[:2] == self.prefix and _HEX.fullmatch(text, 2) is not None

    def check(self, text: str) -> S:
        """The text as a SID of this sort. Raises PlatformError `invalid` for any other text."""
        if not self.matches(text):
            # The text itself stays out of the message: people paste secrets into the wrong field.
            raise PlatformError(
                "invalid",
                f"this is no SID of {self.noun}: write {self.prefix} and 32 lower-case hex digits",
                prefix=self.prefix,
            )
        return self.type(text)


# The letters are Twilio's: functions and assets share one prefix, and so do their versions.
ACCOUNT = SidKind("AC", AccountSid, "an account")
API_KEY = SidKind("SK", ApiKeySid, "an api key")
APPLICATION = SidKind("AP", ApplicationSid, "an application")
SERVICE = SidKind("ZS", ServiceSid, "a service")
ENVIRONMENT = SidKind("ZE", EnvironmentSid, "an environment")
VARIABLE = SidKind("ZV", VariableSid, "a variable")
FUNCTION = SidKind("ZH", FunctionSid, "a function")
ASSET = SidKind("ZH", AssetSid, "an asset")
FUNCTION_VERSION = SidKind("ZN", FunctionVersionSid, "a function version")
ASSET_VERSION = SidKind("ZN", AssetVersionSid, "an asset version")
BUILD = SidKind("ZB", BuildSid, "a build")
DEPLOYMENT = SidKind("ZD", DeploymentSid, "a deployment")
LOG = SidKind("NO", LogSid, "a log entry")
REQUEST = SidKind("RQ", RequestSid, "a request")
