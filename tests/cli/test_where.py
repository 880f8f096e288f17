"""Which service and which environment a verb is about, where several say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gettone.cli.link_file import Link, write_link
from gettone.cli.where import Where, WhereOptions, choose_where, get_environment, get_service
from gettone.client.address import gettone_at
from gettone.client.connection import Connection, Credentials
from gettone.client.environments import Environments
from gettone.client.services import Services
from gettone.model.errors import PlatformError
from gettone.project.deploy_info import DeployInfo, region_of, write_deploy_info
from tests.api.server import serve_api
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

NOBODYS = "ZS" + "0" * 32


@pytest.fixture(scope="module")
def asking() -> Iterator[Connection]:
    """The account, asking a real API that has one service with two environments."""
    with serve_api() as served, Connection(gettone_at(served.url), Credentials(ACCOUNT_SID, AUTH_TOKEN)) as made:
        Services(made).create("shop")
        Environments(made, "shop").create("production")
        Environments(made, "shop").create("called-otherwise", "stage")
        yield made


def choose(asking: Connection, folder: Path, options: WhereOptions | None = None) -> Where:
    """What a deploy in this folder is about."""
    return choose_where(asking, options or WhereOptions(), "deploy", folder)


def test_each_says_so_before_the_next(asking: Connection, tmp_path: Path) -> None:
    """Options, the project's file, the link, where it went last, the package's name, the folder's."""
    folder = tmp_path / "folder-name"
    folder.mkdir()
    found = [choose(asking, folder)]
    (folder / "package.json").write_text('{"name": "package-name"}')
    found.append(choose(asking, folder))
    write_deploy_info(folder, ACCOUNT_SID, region_of(asking.address.name), DeployInfo("ZS" + "1" * 32, None))
    found.append(choose(asking, folder))
    write_link(folder, Link("default", "linked"))
    found.append(choose(asking, folder))
    (folder / ".twilioserverlessrc").write_text("{serviceName: 'said'}")
    found.append(choose(asking, folder))
    found.append(choose(asking, folder, WhereOptions(service_name="typed")))
    found.append(choose(asking, folder, WhereOptions(service_sid=NOBODYS, service_name="typed")))

    assert [(each.service, each.is_named) for each in found] == [
        ("folder-name", False),
        ("package-name", False),
        ("ZS" + "1" * 32, True),
        ("linked", True),
        ("said", False),
        ("typed", False),
        (NOBODYS, True),
    ]


def test_an_entry_of_twilios_own_cloud_counts_where_its_service_is(asking: Connection, tmp_path: Path) -> None:
    """The same file may be of a project that is deployed to both."""
    file = tmp_path / ".twiliodeployinfo"
    (tmp_path / "package.json").write_text('{"name": "shop"}')
    file.write_text(json.dumps({f"{ACCOUNT_SID}:us1": {"serviceSid": NOBODYS, "latestBuild": None}}))
    elsewhere = choose(asking, tmp_path)
    sid = Services(asking).get("shop").sid
    file.write_text(json.dumps({f"{ACCOUNT_SID}:us1": {"serviceSid": sid, "latestBuild": None}}))
    here = choose(asking, tmp_path)

    assert (elsewhere.service, elsewhere.is_named) == ("shop", False)
    assert (here.service, here.is_named) == (sid, True)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (WhereOptions(service_name="shop", production=True), "production"),
        (WhereOptions(service_name="shop", environment="stage"), "called-otherwise"),
        (WhereOptions(service_name="shop", environment="production"), "production"),
        (WhereOptions(service_name="shop", environment="called-otherwise"), "called-otherwise"),
    ],
)
def test_an_environment_goes_by_suffix_or_by_name(
    asking: Connection, tmp_path: Path, options: WhereOptions, name: str
) -> None:
    """Whoever made it, and whatever they called it."""
    where = choose(asking, tmp_path, options)
    found = get_environment(asking, where, get_service(asking, where))
    by_sid = choose(asking, tmp_path, WhereOptions(service_name="shop", environment=found.sid))

    assert found.unique_name == name
    assert get_environment(asking, by_sid, get_service(asking, by_sid)).sid == found.sid


def test_what_is_not_there_is_told_with_what_to_type(asking: Connection, tmp_path: Path) -> None:
    """The service, and the environment."""
    nowhere = choose(asking, tmp_path, WhereOptions(service_name="nowhere"))
    dev = choose(asking, tmp_path, WhereOptions(service_name="shop"))

    with pytest.raises(PlatformError, match="gettone list"):
        get_service(asking, nowhere)
    with pytest.raises(PlatformError, match="no environment dev-environment"):
        get_environment(asking, dev, get_service(asking, dev))
