"""One of every noun that is kept, and as many more as a test asks for. Must not know how they are kept.

`n` tells rows of one sort apart; all else can be said by name. What belongs to something belongs to its number 1.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gettone.model.accounts import Account, AccountStatus
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.applications import Application
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.audit import AuditEntry
from gettone.model.builds import Build, BuildStatus, Bundle, Dependency
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource, HostName
from gettone.model.functions import FunctionResource, FunctionVersion, Language, Visibility
from gettone.model.logs import Level, LogEntry
from gettone.model.outbox import Channel, OutboxMessage
from gettone.model.request_counts import LATENCY_BUCKETS, MinuteCount, Tally
from gettone.model.services import Service, ServiceSettings
from gettone.model.sessions import Code, CodePurpose, Registration, Session
from gettone.model.sids import (
    AccountSid,
    ApiKeySid,
    ApplicationSid,
    AssetSid,
    AssetVersionSid,
    BuildSid,
    DeploymentSid,
    EnvironmentSid,
    FunctionSid,
    FunctionVersionSid,
    LogSid,
    ServiceSid,
    VariableSid,
)
from gettone.model.terms import Terms
from gettone.model.users import Link, LinkPurpose, Membership, Role, User, UserId
from gettone.model.variables import Variable
from gettone.store.interface import Cluster, Transaction

MOMENT = datetime(2026, 3, 29, 0, 59, 59, 999_999, UTC)
LATER = MOMENT + timedelta(days=1, microseconds=1)


def sid(prefix: str, n: int) -> str:
    """The SID of a number."""
    return f"{prefix}{n:032x}"


ACCOUNT = AccountSid(sid("AC", 1))
SERVICE = ServiceSid(sid("ZS", 1))
ENVIRONMENT = EnvironmentSid(sid("ZE", 1))
FUNCTION = FunctionSid(sid("ZH", 1))
ASSET = AssetSid(sid("ZH", 0xA1))
USER = UserId(f"{1:032x}")


def cluster() -> Cluster:
    """The installation's own row."""
    return Cluster("c1", b"sealed", MOMENT)


def account(n: int = 1, **changes: Any) -> Account:
    """An account of its own."""
    own = AccountSid(sid("AC", n))
    made = Account(own, own, f"account {n}", AccountStatus.ACTIVE, b"sealed \x00\xff", None, MOMENT, LATER)
    return replace(made, **changes)


def user(n: int = 1, **changes: Any) -> User:
    """A person who has chosen no password."""
    made = User(UserId(f"{n:032x}"), f"person{n}@example.com", "Żółć 🪙", None, None, MOMENT, MOMENT)
    return replace(made, **changes)


def membership(n: int = 1, **changes: Any) -> Membership:
    """Person n as an owner."""
    return replace(Membership(ACCOUNT, UserId(f"{n:032x}"), Role.OWNER, MOMENT), **changes)


def link(n: int = 1, **changes: Any) -> Link:
    """A link for the first owner."""
    made = Link(f"{n:064x}", LinkPurpose.SET_UP, ACCOUNT, None, None, None, MOMENT, LATER)
    return replace(made, **changes)


def session(n: int = 1, **changes: Any) -> Session:
    """The first person, signed in."""
    made = Session(f"{n:032x}", f"{n:064x}", USER, ACCOUNT, MOMENT, MOMENT, LATER, None, "Browser")
    return replace(made, **changes)


def code(**changes: Any) -> Code:
    """A code that was sent to the first person."""
    return replace(Code(USER, CodePurpose.PHONE, "+15550100", b"sealed", 0, MOMENT, LATER), **changes)


def registration(n: int = 1, **changes: Any) -> Registration:
    """Somebody who signed up."""
    made = Registration(f"{n:064x}", f"new{n}@example.com", "Żółć", "$argon2id$", None, None, MOMENT, LATER)
    return replace(made, **changes)


def message(n: int = 1, **changes: Any) -> OutboxMessage:
    """A letter that is to be sent."""
    made = OutboxMessage(
        id=f"{n:032x}",
        account_sid=ACCOUNT,
        user_id=None,
        channel=Channel.EMAIL,
        recipient="ada@example.com",
        subject="件名",
        text=b"sealed",
        secret_digest=None,
        created_at=MOMENT,
        expires_at=LATER,
        due_at=MOMENT,
    )
    return replace(made, **changes)


def terms(**changes: Any) -> Terms:
    """What people agree to, in Japanese."""
    return replace(Terms("ja", "利用規約\n", MOMENT), **changes)


def api_key(n: int = 1, **changes: Any) -> ApiKey:
    """A standard key."""
    made = ApiKey(
        sid=ApiKeySid(sid("SK", n)),
        account_sid=ACCOUNT,
        friendly_name=f"key {n}",
        type=ApiKeyType.STANDARD,
        policy=None,
        service_sid=None,
        secret=b"sealed",
        previous_secret=None,
        previous_secret_until=None,
        last_used_at=None,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **changes)


def application(n: int = 1, **changes: Any) -> Application:
    """A TwiML application without addresses."""
    made = Application(
        sid=ApplicationSid(sid("AP", n)),
        account_sid=ACCOUNT,
        friendly_name=f"application {n}",
        api_version="2010-04-01",
        voice_url=None,
        voice_method="POST",
        voice_fallback_url=None,
        voice_fallback_method="POST",
        status_callback=None,
        status_callback_method="POST",
        voice_caller_id_lookup=False,
        sms_url=None,
        sms_method="POST",
        sms_fallback_url=None,
        sms_fallback_method="POST",
        sms_status_callback=None,
        message_status_callback=None,
        public_application_connect_enabled=False,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **changes)


def service(n: int = 1, **changes: Any) -> Service:
    """A service."""
    made = Service(
        sid=ServiceSid(sid("ZS", n)),
        account_sid=ACCOUNT,
        unique_name=f"service-{n}",
        friendly_name=f"Service {n}",
        include_credentials=True,
        ui_editable=False,
        domain_base=f"service-{n}-1234",
        settings=ServiceSettings(),
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **changes)


def environment(n: int = 1, **changes: Any) -> EnvironmentResource:
    """An environment in which nothing is live."""
    made = EnvironmentResource(
        sid=EnvironmentSid(sid("ZE", n)),
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        unique_name=f"environment-{n}",
        domain_suffix=f"e{n}",
        domain_name=f"service-1-1234-e{n}",
        build_sid=None,
        deployment_sid=None,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **changes)


def host_name(n: int = 1, **changes: Any) -> HostName:
    """A host name of an environment."""
    return replace(HostName(f"api{n}.example.com", ACCOUNT, ENVIRONMENT, MOMENT), **changes)


def variable(n: int = 1, **changes: Any) -> Variable:
    """A variable of an environment."""
    own = VariableSid(sid("ZV", n))
    return replace(Variable(own, ACCOUNT, SERVICE, ENVIRONMENT, f"KEY_{n}", b"sealed", MOMENT, MOMENT), **changes)


def function(n: int = 1, **changes: Any) -> FunctionResource:
    """A function without versions."""
    made = FunctionResource(FunctionSid(sid("ZH", n)), ACCOUNT, SERVICE, f"function {n}", MOMENT, MOMENT)
    return replace(made, **changes)


def function_version(n: int = 1, **changes: Any) -> FunctionVersion:
    """A version of a function, whose content is not there."""
    made = FunctionVersion(
        sid=FunctionVersionSid(sid("ZN", n)),
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        function_sid=FUNCTION,
        path=f"/function-{n}",
        visibility=Visibility.PUBLIC,
        language=Language.PYTHON,
        extension=".py",
        digest=f"{n:064x}",
        size_bytes=1 << 40,
        created_at=MOMENT,
    )
    return replace(made, **changes)


def asset(n: int = 0xA1, **changes: Any) -> AssetResource:
    """An asset without versions."""
    made = AssetResource(AssetSid(sid("ZH", n)), ACCOUNT, SERVICE, f"asset {n}", MOMENT, MOMENT)
    return replace(made, **changes)


def asset_version(n: int = 0xA1, **changes: Any) -> AssetVersion:
    """A version of an asset, whose content is not there."""
    made = AssetVersion(
        sid=AssetVersionSid(sid("ZN", n)),
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        asset_sid=ASSET,
        path=f"/asset-{n}.png",
        visibility=Visibility.PROTECTED,
        content_type="image/png",
        digest=f"{n:064x}",
        size_bytes=0,
        created_at=MOMENT,
    )
    return replace(made, **changes)


def build(n: int = 1, **changes: Any) -> Build:
    """A build with nothing in it."""
    made = Build(
        sid=BuildSid(sid("ZB", n)),
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        runtime="node24",
        python_runtime="python3.11",
        status=BuildStatus.BUILDING,
        function_versions=(),
        asset_versions=(),
        dependencies=(),
        requirements=(),
        node_bundle=None,
        python_bundle=None,
        log="",
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **changes)


def bundle(n: int = 1, **changes: Any) -> Bundle:
    """Packages that were installed, whose content is not there."""
    return replace(Bundle(f"key {n}", f"{n:064x}", "node24", 7, MOMENT, MOMENT), **changes)


def deployment(n: int = 1, **changes: Any) -> DeploymentResource:
    """A deployment that took a build away."""
    made = DeploymentResource(
        sid=DeploymentSid(sid("ZD", n)),
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        environment_sid=ENVIRONMENT,
        build_sid=None,
        is_plugin=False,
        actor="operator",
        message=None,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **changes)


def audit_entry(n: int = 1, **changes: Any) -> AuditEntry:
    """A change that somebody made."""
    made = AuditEntry(n, ACCOUNT, "operator", "service.create", sid("ZS", n), {"unique_name": "é\x00"}, None, MOMENT)
    return replace(made, **changes)


def log_entry(n: int = 1, **changes: Any) -> LogEntry:
    """A line that a function printed."""
    made = LogEntry(
        sid=LogSid(sid("NO", n)),
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        environment_sid=ENVIRONMENT,
        build_sid=None,
        deployment_sid=None,
        function_sid=None,
        request_sid=None,
        level=Level.INFO,
        message=f"line {n}",
        is_platform=False,
        created_at=MOMENT + timedelta(seconds=n),
    )
    return replace(made, **changes)


def minute_count(n: int = 0, **changes: Any) -> MinuteCount:
    """A function's first request of a minute, the n-th from ten o'clock; `requests` says how many came in it."""
    tally = Tally(latency=(0, changes.pop("requests", 1), *(0,) * (LATENCY_BUCKETS - 2)))
    made = MinuteCount(
        gateway="g1",
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        environment_sid=ENVIRONMENT,
        function_sid=FUNCTION,
        started_at=datetime(2026, 3, 29, 10, tzinfo=UTC) + timedelta(minutes=n),
        tally=tally,
    )
    return replace(made, **changes)


COMPLETE_BUILD: dict[str, Any] = {
    "status": BuildStatus.COMPLETED,
    "function_versions": (FunctionVersionSid(sid("ZN", 2)), FunctionVersionSid(sid("ZN", 1))),
    "asset_versions": (AssetVersionSid(sid("ZN", 0xA1)),),
    "dependencies": (Dependency("lodash", "^4.0.0"), Dependency("@scope/é", "*")),
    "requirements": ("requests==2.32.0", "# nothing"),
    "node_bundle": "a" * 64,
    "python_bundle": "b" * 64,
    "log": "done\n",
}


async def furnish(tx: Transaction) -> None:
    """Add one account with a service that has two function versions, an asset version, a build and an environment."""
    await tx.accounts.add(account())
    await tx.users.add(user())
    await tx.services.add(service())
    await tx.functions.add(function())
    await tx.function_versions.add(function_version(1))
    await tx.function_versions.add(function_version(2))
    await tx.assets.add(asset())
    await tx.asset_versions.add(asset_version())
    await tx.builds.add(build(**COMPLETE_BUILD))
    await tx.environments.add(environment(build_sid=build().sid))
