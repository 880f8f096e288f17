"""One of everything that is published, for tests to change. Must not know what any test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gettone.model.accounts import AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.assets import AssetVersion
from gettone.model.builds import Build, BuildStatus
from gettone.model.environments import EnvironmentResource
from gettone.model.functions import FunctionVersion, Language, Visibility
from gettone.model.services import Service, ServiceSettings
from gettone.model.sids import (
    AccountSid,
    ApiKeySid,
    AssetSid,
    AssetVersionSid,
    BuildSid,
    DeploymentSid,
    EnvironmentSid,
    FunctionSid,
    FunctionVersionSid,
    ServiceSid,
)
from gettone.model.variables import Variables
from gettone.routes.segment import (
    AccountSegment,
    AssetEntry,
    EnvironmentSegment,
    FunctionEntry,
    KeyEntry,
    Manifest,
    SegmentEntry,
    SegmentKind,
)
from gettone.routes.state import EnvironmentState

AT = datetime(2026, 11, 24, 9, 30, 0, 250, tzinfo=UTC)
ACCOUNT_SID = AccountSid("AC" + "1" * 32)
SERVICE_SID = ServiceSid("ZS" + "2" * 32)
ENVIRONMENT_SID = EnvironmentSid("ZE" + "3" * 32)
BUILD_SID = BuildSid("ZB" + "4" * 32)
DEPLOYMENT_SID = DeploymentSid("ZD" + "5" * 32)

ENVIRONMENT = EnvironmentSegment(
    account_sid=ACCOUNT_SID,
    service_sid=SERVICE_SID,
    environment_sid=ENVIRONMENT_SID,
    build_sid=BUILD_SID,
    deployment_sid=DEPLOYMENT_SID,
    domain_name="quickstart-1234.localhost",
    hosts=("quickstart-1234.localhost", "api.example.com"),
    functions=(
        FunctionEntry(
            sid=FunctionSid("ZH" + "6" * 32),
            version_sid=FunctionVersionSid("ZN" + "7" * 32),
            path="/create-room-token",
            source="functions/create-room-token.py",
            file="handlers/create-room-token.py",
            language=Language.PYTHON,
            visibility=Visibility.PUBLIC,
            digest="a" * 64,
            size_bytes=120,
        ),
    ),
    assets=(
        AssetEntry(
            sid=AssetSid("ZH" + "8" * 32),
            version_sid=AssetVersionSid("ZN" + "9" * 32),
            path="/index.html",
            source="assets/index.html",
            file="files/index.html",
            visibility=Visibility.PROTECTED,
            content_type="text/html; charset=utf-8",
            digest="b" * 64,
            size_bytes=7,
        ),
    ),
    variables=Variables({"API_SECRET": "ünsafe \u2028\x00 </script>", "API_KEY": ""}),
    settings=ServiceSettings(concurrency=4, workers_max=2, timeout_seconds=2.5),
    node_bundle=None,
    python_bundle="c" * 64,
)
ACCOUNT = AccountSegment(
    account_sid=ACCOUNT_SID,
    status=AccountStatus.ACTIVE,
    auth_tokens=("primary", "secondary"),
    keys=(
        KeyEntry(ApiKeySid("SK" + "1" * 32), ApiKeyType.MAIN, "secret"),
        KeyEntry(ApiKeySid("SK" + "2" * 32), ApiKeyType.STANDARD, "new", "old", AT),
    ),
)
MANIFEST = Manifest(
    cluster="0f" * 16,
    revision=7,
    made_at=AT,
    segments=(
        SegmentEntry(ACCOUNT_SID, SegmentKind.ACCOUNT, "d" * 64, 300),
        SegmentEntry(ENVIRONMENT_SID, SegmentKind.ENVIRONMENT, "e" * 64, 1500),
    ),
)


def make_function(path: str = "/hello", **changes: Any) -> FunctionVersion:
    """A version of a function of its own."""
    values: dict[str, Any] = {
        "sid": FunctionVersionSid("ZN" + path.encode().hex().rjust(32, "0")[-32:]),
        "account_sid": ACCOUNT_SID,
        "service_sid": SERVICE_SID,
        "function_sid": FunctionSid("ZH" + path.encode().hex().rjust(32, "0")[-32:]),
        "path": path,
        "visibility": Visibility.PUBLIC,
        "language": Language.JAVASCRIPT,
        "extension": ".js",
        "digest": "a" * 64,
        "size_bytes": 10,
        "created_at": AT,
    }
    return FunctionVersion(**values | changes)


def make_asset(path: str = "/page.html", **changes: Any) -> AssetVersion:
    """A version of an asset of its own."""
    values: dict[str, Any] = {
        "sid": AssetVersionSid("ZN" + path.encode().hex().rjust(32, "f")[-32:]),
        "account_sid": ACCOUNT_SID,
        "service_sid": SERVICE_SID,
        "asset_sid": AssetSid("ZH" + path.encode().hex().rjust(32, "f")[-32:]),
        "path": path,
        "visibility": Visibility.PUBLIC,
        "content_type": "text/html",
        "digest": "b" * 64,
        "size_bytes": 10,
        "created_at": AT,
    }
    return AssetVersion(**values | changes)


def make_state(*versions: FunctionVersion | AssetVersion, **changes: Any) -> EnvironmentState:
    """An environment that serves these versions. `changes` may be of the state, its environment or its build."""
    functions = tuple(each for each in versions if isinstance(each, FunctionVersion))
    assets = tuple(each for each in versions if isinstance(each, AssetVersion))
    service = Service(
        sid=SERVICE_SID,
        account_sid=ACCOUNT_SID,
        unique_name="quickstart",
        friendly_name="Quickstart",
        include_credentials=True,
        ui_editable=False,
        domain_base="quickstart-1234",
        settings=changes.pop("settings", ServiceSettings()),
        created_at=AT,
        updated_at=AT,
    )
    environment = EnvironmentResource(
        sid=changes.pop("environment_sid", ENVIRONMENT_SID),
        account_sid=ACCOUNT_SID,
        service_sid=SERVICE_SID,
        unique_name="production",
        domain_suffix=None,
        domain_name=changes.pop("domain_name", "quickstart-1234"),
        build_sid=BUILD_SID,
        deployment_sid=DEPLOYMENT_SID,
        created_at=AT,
        updated_at=AT,
    )
    build = Build(
        sid=BUILD_SID,
        account_sid=ACCOUNT_SID,
        service_sid=SERVICE_SID,
        runtime="node24",
        python_runtime="python3.11",
        status=changes.pop("status", BuildStatus.COMPLETED),
        function_versions=tuple(function.sid for function in functions),
        asset_versions=tuple(asset.sid for asset in assets),
        dependencies=(),
        requirements=(),
        node_bundle=None,
        python_bundle=None,
        log="",
        created_at=AT,
        updated_at=AT,
    )
    values: dict[str, Any] = {
        "service": service,
        "environment": environment,
        "build": build,
        "functions": functions,
        "assets": assets,
        "variables": Variables(),
        "hosts": (),
        "domain": "localhost",
    }
    return EnvironmentState(**values | changes)
