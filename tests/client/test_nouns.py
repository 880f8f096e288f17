"""Every noun as a real API tells of it: made, listed over several pages, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gettone.client import connection as connections
from gettone.client.accounts import Accounts
from gettone.client.address import gettone_at, twilio_at
from gettone.client.applications import Applications
from gettone.client.builds import Builds, Deployments
from gettone.client.connection import Connection, Credentials
from gettone.client.environments import Environments
from gettone.client.files import Files, RemoteVersion
from gettone.client.keys import Keys
from gettone.client.logs import Logs, MissingLines, RemoteLogLine
from gettone.client.services import RemoteBounds, Services
from gettone.client.variables import Variables
from gettone.model.api_keys import ApiKeyType
from gettone.model.builds import BuildStatus, Dependency
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility
from tests.api.server import serve_api
from tests.client.scripted import Reply, scripted
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

SOURCE = b"def handler(context, event):\n    return 'ol\xc3\xa9'\n"
LINE = (
    '{"sid": "NO%d", "service_sid": "ZS1", "environment_sid": "ZE1", "build_sid": null, "deployment_sid": null,'
    ' "function_sid": null, "request_sid": null, "level": "info", "message": "m%d", "is_platform": false,'
    ' "created_at": "2026-01-02T03:04:05.000006Z"}'
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A real API on a port."""
    with serve_api() as served:
        yield served.url


@pytest.fixture
def asking(url: str) -> Iterator[Connection]:
    """The account, asking it."""
    with Connection(gettone_at(url), Credentials(ACCOUNT_SID, AUTH_TOKEN)) as made:
        yield made


def upload(asking: Connection, service: str) -> RemoteVersion:
    """A function with a version."""
    functions = Files(asking, service).functions
    made = functions.create("/ole")
    return functions.upload(
        made.sid,
        path="/ole",
        visibility=Visibility.PROTECTED,
        filename="ole.py",
        content=SOURCE,
        content_type="text/x-python",
    )


def test_services_are_made_found_changed_and_deleted(asking: Connection) -> None:
    """By SID and by name; a name that is taken is a conflict."""
    services = Services(asking)
    made = services.create("svc-a", include_credentials=False)
    with pytest.raises(PlatformError) as taken:
        services.create("svc-a")
    renamed = services.update("svc-a", friendly_name="A", ui_editable=True)
    bounded = services.bound(made.sid, RemoteBounds(concurrency=7))
    listed = [each.sid for each in services.list()]
    services.delete("svc-a")

    assert taken.value.code == "conflict"
    assert not made.include_credentials
    assert (renamed.friendly_name, renamed.ui_editable, renamed.sid) == ("A", True, made.sid)
    assert (bounded.concurrency, bounded.workers_max) == (7, 10)
    assert made.sid in listed
    assert services.find("svc-a") is None


def test_lists_come_whole_from_many_pages(asking: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, with none twice."""
    services = Services(asking)
    made = [services.create(f"many-{number}").sid for number in range(5)]
    monkeypatch.setattr(connections, "PAGE_SIZE", 2)
    listed = [each.sid for each in services.list() if each.unique_name.startswith("many-")]

    assert listed == made[::-1]


def test_a_file_is_built_and_deployed(asking: Connection) -> None:
    """Versions, their content, the build and what it needed, what is live."""
    service = Services(asking).create("built").sid
    environment = Environments(asking, "built").create("dev", "dev")
    version = upload(asking, "built")
    functions = Files(asking, "built").functions
    asset = Files(asking, "built").assets.create("/a.txt")
    file = Files(asking, "built").assets.upload(
        asset.sid, path="/a.txt", visibility=Visibility.PUBLIC, filename="a", content=b"\0", content_type="text/plain"
    )
    build = Builds(asking, service).create(functions=[version.sid], assets=[file.sid])
    seen = Builds(asking, "built").get(build.sid)

    assert version.visibility is Visibility.PROTECTED
    assert functions.content(version.file_sid, version.sid).encode() == SOURCE
    assert list(functions.versions(version.file_sid)) == [version]
    assert [each.sid for each in seen.functions] == [version.sid]
    assert [each.visibility for each in seen.assets] == [Visibility.PUBLIC]
    assert build.status in (BuildStatus.BUILDING, BuildStatus.COMPLETED)
    assert Builds(asking, "built").detail(build.sid).requirements == ()
    assert [each.sid for each in Builds(asking, "built").list()] == [build.sid]
    assert list(Deployments(asking, "built", environment.sid).list()) == []
    assert Environments(asking, "built").get(environment.sid).domain_suffix == "dev"


def test_packages_of_both_languages_are_asked_for(asking: Connection) -> None:
    """What cannot be resolved is refused by the server, in its words."""
    Services(asking).create("packages")
    version = upload(asking, "packages")
    with pytest.raises(PlatformError) as refused:
        Builds(asking, "packages").create(
            functions=[version.sid],
            assets=[],
            dependencies=[Dependency("left pad", "1")],
            requirements=["not a requirement !"],
        )

    assert refused.value.code == "invalid"


def test_variables_are_set_one_by_one_and_many_at_once(asking: Connection) -> None:
    """Values are told to who may see them, and never shown by accident."""
    Services(asking).create("variables")
    environment = Environments(asking, "variables").create("production")
    variables = Variables(asking, "variables", environment.sid)
    made = variables.create("A", "hidden-value")
    changed = variables.update(made.sid, "other")
    both = variables.replace({"A": "other", "B": ""})
    only = variables.replace({"B": "2"}, keep_others=False)
    left = list(variables.list())
    variables.delete(left[0].sid)

    assert made.value == "hidden-value"
    assert "hidden-value" not in repr(made)
    assert changed.value == "other"
    assert both == ("B",)
    assert sorted(only) == ["A", "B"]
    assert [(each.key, each.value) for each in left] == [("B", "2")]
    assert list(variables.list()) == []


def test_keys_of_each_type_are_made_rotated_and_deleted(asking: Connection) -> None:
    """A secret is told once; the old one is good for as long as was said."""
    Services(asking).create("keyed")
    keys = Keys(asking)
    new = keys.create("ci", ApiKeyType.RESTRICTED, policy=["deploy"], service="keyed")
    rotated = keys.rotate(new.key.sid, 60)
    listed = {each.sid: each for each in keys.list()}
    named = {each.sid: each.friendly_name for each in keys.names(ACCOUNT_SID)}
    keys.delete(new.key.sid)

    assert new.secret != rotated.secret
    assert new.secret not in repr(new)
    assert listed[new.key.sid].policy == ("deploy",)
    assert listed[new.key.sid].service_sid is not None
    assert rotated.key.previous_secret_until is not None
    assert named[new.key.sid] == "ci"
    with pytest.raises(PlatformError, match="was not found"):
        keys.get(new.key.sid)


def test_applications_keep_what_is_not_changed(asking: Connection) -> None:
    """An empty URL takes one away."""
    applications = Applications(asking, ACCOUNT_SID)
    made = applications.create({"FriendlyName": "calls", "VoiceUrl": "https://example.com/a", "VoiceMethod": "GET"})
    changed = applications.update(made.sid, {"VoiceUrl": ""})
    found = [each.sid for each in applications.list("calls")]
    applications.delete(made.sid)

    assert (made.voice_url, made.voice_method) == ("https://example.com/a", "GET")
    assert (changed.voice_url, changed.voice_method) == (None, "GET")
    assert found == [made.sid]
    assert list(applications.list("calls")) == []


def test_who_asks_is_told_and_found_at_twilio_too(url: str, asking: Connection) -> None:
    """A key does not say whose it is; Twilio has no path for it, but its list of accounts does."""
    new = Keys(asking).create("who", ApiKeyType.MAIN)
    credentials = Credentials(new.key.sid, new.secret)
    with Connection(gettone_at(url), credentials) as key, Connection(twilio_at(url), credentials) as twilio:
        identity = Accounts(key).identity()
        sids = {Accounts(key).own_sid(), Accounts(twilio).own_sid(), Accounts(asking).own_sid()}

    assert (identity.kind, identity.key_type, identity.name) == ("api key", "main", new.key.sid)
    assert "keys:write" in identity.permissions
    assert sids == {ACCOUNT_SID}
    assert Accounts(asking).get(ACCOUNT_SID).status == "active"


def test_logs_are_listed_from_a_moment_on(asking: Connection) -> None:
    """An environment that has said nothing has an empty log; who is not there has none."""
    service = Services(asking).create("logged").sid
    environment = Environments(asking, service).create("production")
    logs = Logs(asking, service, environment.sid)

    assert list(logs.list(limit=5, start_at=datetime(2026, 1, 1, tzinfo=UTC))) == []
    with pytest.raises(PlatformError, match="was not found"):
        list(Logs(asking, service, "ZE" + "0" * 32).list())


def test_a_tail_goes_on_where_it_broke_off() -> None:
    """With the last line's SID, so that nothing is missing unseen; what is missing is counted."""
    kind = {"Content-Type": "text/event-stream"}
    first = f"id: NO1\ndata: {LINE % (1, 1)}\n\n".encode()
    second = f'event: dropped\ndata: {{"count": 3}}\n\nid: NO2\ndata: {LINE % (2, 2)}\n\n'.encode()
    replies = [Reply(body=first, headers=kind), Reply(hang_up=True), Reply(body=second, headers=kind)]
    with (
        scripted(*replies) as server,
        Connection(gettone_at(server.url), Credentials("SK1", "x"), pause=lambda seconds: None) as asking,
    ):
        lines = Logs(asking, "ZS1", "ZE1").tail()
        found = [next(lines) for _ in range(3)]

    assert [each.message for each in found if isinstance(each, RemoteLogLine)] == ["m1", "m2"]
    assert found[1] == MissingLines(3)
    assert [each.headers.get("Last-Event-ID") for each in server.asked] == [None, "NO1", "NO1"]


def test_a_tail_of_a_server_that_stays_away_ends() -> None:
    """After a few tries, with what to do."""
    pauses: list[float] = []
    with (
        scripted(Reply(hang_up=True)) as server,
        Connection(gettone_at(server.url), Credentials("SK1", "x"), pause=pauses.append) as asking,
        pytest.raises(PlatformError, match="broke off"),
    ):
        next(Logs(asking, "ZS1", "ZE1").tail())

    assert len(pauses) < 10
