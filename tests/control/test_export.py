"""What is held of an account or a person, handed to whom it belongs: all of it, and no secret."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.environments import Environments
from gettone.control.export import PIECE_BYTES
from gettone.control.functions import Functions
from gettone.control.office import Office
from gettone.control.services import Services
from gettone.control.users import Users
from gettone.control.variables import EnvironmentVariables
from gettone.model.audit import AuditEntry
from gettone.model.functions import Visibility
from gettone.model.logs import Level, LogEntry
from gettone.model.sids import LOG, AccountSid
from gettone.model.users import Role
from tests.control.hashing import light
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, OTHER_SID, add_account, holder, member, open_office

pytestmark = pytest.mark.anyio

CODE = "exports.handler = (context, event, callback) => callback(null, 'é');\n"
FILE = bytes(range(256)) * 1024 * 2
SECRET_VALUE = "the value of a variable"
PASSWORD = "correct horse battery staple"


async def read(lines: AsyncIterator[bytes]) -> list[dict[str, object]]:
    """The lines, each as what it is."""
    return [json.loads(line) async for line in lines]


async def fill(office: Office, sid: AccountSid) -> list[str]:
    """Something of every sort; the secrets among it."""
    p = holder(sid)
    service = await Services(office).create(p, unique_name=f"rooms{sid[-1]}", friendly_name="Rooms")
    environment = await Environments(office).create(p, service=service.sid, unique_name="production")
    await EnvironmentVariables(office).create(
        p, service=service.sid, environment_sid=environment.sid, key="PLAIN_NAME", value=SECRET_VALUE
    )
    function = await Functions(office).create(p, service=service.sid, friendly_name="hello")
    asset = await Assets(office).create(p, service=service.sid, friendly_name="picture")
    for _ in range(2):
        await Functions(office).create_version(
            p,
            service=service.sid,
            sid=function.sid,
            path="/hello",
            visibility=Visibility.PUBLIC,
            content=CODE.encode(),
            filename="hello.js",
            content_type="application/javascript",
        )
    await Assets(office).create_version(
        p,
        service=service.sid,
        sid=asset.sid,
        path="/a.png",
        visibility=Visibility.PUBLIC,
        content=FILE,
        content_type="image/png",
    )
    made = await ApiKeys(office).create(p, account_sid=sid)
    rotated = await ApiKeys(office).rotate(p, account_sid=sid, sid=made.key.sid, overlap_seconds=60)
    second = await Accounts(office).create_secondary_token(p, sid=sid)
    await Applications(office).create(p, account_sid=sid)
    user = await Users(office, light()).create(
        p, email=f"{sid[-1]}@example.com", name="", role=Role.OWNER, password=PASSWORD
    )
    line = LogEntry(
        sid=LOG.make(office.randomness),
        account_sid=sid,
        service_sid=service.sid,
        environment_sid=environment.sid,
        build_sid=None,
        deployment_sid=None,
        function_sid=function.sid,
        request_sid=None,
        level=Level.INFO,
        message="hello from the log",
        is_platform=False,
        created_at=office.clock(),
    )
    await office.logs.add([line])
    return [SECRET_VALUE, PASSWORD, AUTH_TOKEN, made.secret, rotated.secret, second, user.password_hash or ""]


async def test_account_is_exported_whole_and_without_secrets() -> None:
    """Every row once, code as text, files in pieces that join, log lines; of this account alone."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        await fill(office, OTHER_SID)
        secrets = await fill(office, ACCOUNT_SID)
        lines = await read(await Accounts(office).export(holder(), sid=ACCOUNT_SID))

    counted = Counter(line["noun"] for line in lines)
    audited = counted.pop("audit")
    assert counted == {
        "account": 1,
        "membership": 1,
        "user": 1,
        "api_key": 1,
        "application": 1,
        "service": 1,
        "environment": 1,
        "variable": 1,
        "function": 1,
        "function_version": 2,
        "asset": 1,
        "asset_version": 1,
        "code": 1,
        "file": -(-len(FILE) // PIECE_BYTES),
        "log": 1,
    }
    assert audited >= 10
    by_noun = {str(line["noun"]): line for line in lines}
    assert by_noun["code"]["text"] == CODE
    assert by_noun["code"]["digest"] == hashlib.sha256(CODE.encode()).hexdigest()
    pieces = [line for line in lines if line["noun"] == "file"]
    assert base64.b64decode("".join(str(piece["base64"]) for piece in pieces)) == FILE
    assert [piece["start"] for piece in pieces] == list(range(0, len(FILE), PIECE_BYTES))
    assert by_noun["variable"]["key"] == "PLAIN_NAME"
    assert by_noun["log"]["message"] == "hello from the log"
    whole = json.dumps(lines)
    assert OTHER_SID not in whole
    assert [secret for secret in secrets if secret in whole] == []
    for row in lines:
        assert not {"auth_token", "secondary_auth_token", "secret", "previous_secret", "value", "password_hash"} & set(
            row
        )


def audit_entry(office: Office, target: str) -> AuditEntry:
    """Something that was done."""
    return AuditEntry(0, ACCOUNT_SID, "operator", "thing.make", target, {}, None, office.clock())


async def test_export_of_many_rows_is_whole() -> None:
    """More than are read at once."""
    async with open_office() as office:
        async with office.store.writing() as tx:
            for number in range(450):
                await tx.audit.add(audit_entry(office, f"{number}"))
        lines = await read(await Accounts(office).export(holder(), sid=ACCOUNT_SID))

    targets = [str(line["target"]) for line in lines if line["noun"] == "audit"]
    assert sorted(targets, key=int) == [f"{number}" for number in range(450)]


async def test_export_that_is_not_read_to_its_end_holds_nothing() -> None:
    """No transaction is open between two lines: others write meanwhile."""
    async with open_office() as office:
        await fill(office, ACCOUNT_SID)
        lines = await Accounts(office).export(holder(), sid=ACCOUNT_SID)
        first = await anext(lines)
        await Applications(office).create(holder(), account_sid=ACCOUNT_SID)
        await lines.aclose()

    assert json.loads(first)["noun"] == "account"


async def test_person_is_exported_to_itself_from_everywhere() -> None:
    """Who it is, where it belongs, what it did; to an owner, what belongs to this account."""
    ada = "ada@example.com"
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        users = Users(office, light())
        for sid in (ACCOUNT_SID, OTHER_SID):
            user = await users.create(holder(sid), email=ada, name="Ada", role=Role.OWNER)
            await Applications(office).create(member(Role.OWNER, sid), account_sid=sid)
        await users.create(holder(), email="bob@example.com", name="Bob", role=Role.VIEWER, password=PASSWORD)
        own = await read(await users.export(member(Role.OWNER), user_id=user.id))
        from_one = await read(await users.export(holder(), user_id=user.id))

    assert Counter(line["noun"] for line in own) == {"user": 1, "membership": 2, "audit": 2}
    assert Counter(line["noun"] for line in from_one) == {"user": 1, "membership": 1, "audit": 1}
    assert own[0]["email"] == ada
    assert "bob" not in json.dumps(own)
    assert OTHER_SID not in json.dumps(from_one)
