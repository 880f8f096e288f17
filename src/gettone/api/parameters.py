"""The parameters that many paths have. Names are Twilio's; must not know what is found under them.

A SID of the wrong form is one that leads nowhere: control says so, and the caller reads a 404.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

ServiceSid = Annotated[str, Path(alias="ServiceSid", description="The service's SID, or its unique name")]
EnvironmentSid = Annotated[str, Path(alias="EnvironmentSid", description="The environment's SID")]
FunctionSid = Annotated[str, Path(alias="FunctionSid", description="The function's SID")]
AssetSid = Annotated[str, Path(alias="AssetSid", description="The asset's SID")]
AccountSid = Annotated[str, Path(alias="AccountSid", description="The SID of the account, or of a subaccount")]
Sid = Annotated[str, Path(alias="Sid", description="Its SID")]

# Our own paths name them in lower case.
OwnService = Annotated[str, Path(alias="service", description="The service's SID, or its unique name")]
OwnEnvironment = Annotated[str, Path(alias="environment_sid", description="The environment's SID")]
OwnSid = Annotated[str, Path(alias="sid", description="Its SID")]
