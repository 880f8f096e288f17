"""Reading an account elsewhere: pages, limits, a line that drops, credentials that may do little."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gettone.client.address import twilio_at
from gettone.client.connection import Connection, Credentials
from gettone.client.importing import Source
from gettone.client.importing_assets import AssetFinder
from gettone.client.importing_contents import Contents
from gettone.client.importing_source import SourceReader
from gettone.model.errors import PlatformError

ACCOUNT = "AC" + "0" * 32
SERVICE, BUILD = "ZS" + "1" * 32, "ZB" + "2" * 32
DEV, PROD = "ZE" + "3" * 32, "ZE" + "4" * 32
FUNCTION, VERSION = "ZH" + "5" * 32, "ZN" + "6" * 32
SOURCE_TEXT = "exports.handler = (c, e, cb) => cb(null, 'ü\u2028');\r\n"
DATED = {"date_created": "2026-01-02T03:04:05Z", "date_updated": "2026-01-02T03:04:05Z"}
CLASSIC_DATED = dict.fromkeys(DATED, "Fri, 02 Jan 2026 03:04:05 +0000")
BASE = f"/v1/Services/{SERVICE}"
CLASSIC = f"/2010-04-01/Accounts/{ACCOUNT}"


def service(name: str, sid: str = SERVICE) -> dict[str, object]:
    """A service's JSON."""
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "unique_name": name,
        "friendly_name": name,
        "include_credentials": True,
        "ui_editable": False,
        "domain_base": f"{name}-1234",
        **DATED,
    }


def environment(sid: str, name: str, suffix: str | None) -> dict[str, object]:
    """An environment's JSON."""
    return {
        "sid": sid,
        "service_sid": SERVICE,
        "unique_name": name,
        "domain_suffix": suffix,
        "domain_name": f"api-1234-{name}.twil.io",
        "build_sid": BUILD,
        **DATED,
    }


def page(key: str, *items: dict[str, object], further: str | None = None) -> dict[str, object]:
    """A page of Twilio's newer API."""
    return {key: list(items), "meta": {"key": key, "next_page_url": further}}


def account() -> dict[str, dict[str, object]]:
    """A service with two environments that serve one build. Lists that are empty are null in it."""
    version = {"sid": VERSION, "function_sid": FUNCTION, "path": "/hello", "visibility": "PUBLIC", **DATED}
    return {
        "/v1/Services": page("services", service("api")),
        f"{BASE}/Environments": page("environments", environment(PROD, "prod", None), environment(DEV, "dev", "dev")),
        f"{BASE}/Environments/{DEV}/Variables": page("variables", {"sid": "ZV1", "key": "A", "value": "1", **DATED}),
        f"{BASE}/Environments/{PROD}/Variables": page("variables", {"sid": "ZV2", "key": "B", "value": None, **DATED}),
        f"{BASE}/Builds/{BUILD}": {
            "sid": BUILD,
            "service_sid": SERVICE,
            "status": "completed",
            "runtime": None,
            "function_versions": [version],
            "asset_versions": None,
            "dependencies": None,
            **DATED,
        },
        f"{BASE}/Functions/{FUNCTION}/Versions/{VERSION}/Content": {"sid": VERSION, "content": SOURCE_TEXT},
        f"{CLASSIC}/Applications.json": {
            "applications": [{"sid": "AP1", "account_sid": ACCOUNT, "friendly_name": "phone", **CLASSIC_DATED}],
            "next_page_uri": None,
        },
        f"{CLASSIC}/Keys.json": {"keys": [{"sid": "SK1", "friendly_name": "phones"}], "next_page_uri": None},
    }


@dataclass
class Played:
    """Twilio, as far as it is played here: documents by path. `faults` are statuses given first; 0 drops the line."""

    documents: dict[str, dict[str, object]] = field(default_factory=account)
    faults: dict[str, list[int]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def twilio() -> Iterator[Played]:
    """It runs on a free port."""
    played = Played()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            played.heard.append(path)
            faults = played.faults.get(path, [])
            status = faults.pop(0) if faults else 200 if path in played.documents else 404
            if status == 0:
                self.close_connection = True
                return
            refusal = {"code": 20000 + status, "message": "no", "status": status}
            body = json.dumps(played.documents[path] if status == 200 else refusal).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read(
    twilio: Played, folder: Path, *names: str, username: str = ACCOUNT, renames: dict[str, str] | None = None
) -> Source:
    """Read all of it, or these services; pauses take no time."""
    credentials = Credentials(username, "secret")
    with Connection(twilio_at(twilio.url), credentials, pause=lambda _: None) as connection, AssetFinder() as finder:
        return SourceReader(connection, Contents(folder), finder, lambda _: None, None).read(names, renames)


def test_everything_is_read_each_version_once(twilio: Played, tmp_path: Path) -> None:
    """Oldest first. A source keeps its bytes: line ends, and what JavaScript escapes."""
    source = read(twilio, tmp_path)
    [api] = source.services
    builds = [each.build for each in api.environments]

    assert source.account_sid == ACCOUNT
    assert [(each.unique_name, each.domain_suffix) for each in api.environments] == [("dev", "dev"), ("prod", None)]
    assert builds[0] == builds[1]
    assert builds[0] is not None
    assert Contents(tmp_path).get(builds[0].files[0].digest or "") == SOURCE_TEXT.encode()
    assert [each.friendly_name for each in source.applications] == ["phone"]
    assert [each.friendly_name for each in source.keys] == ["phones"]
    assert twilio.heard.count(f"{BASE}/Functions/{FUNCTION}/Versions/{VERSION}/Content") == 1


def test_value_that_may_not_be_seen_is_remarked_on(twilio: Played, tmp_path: Path) -> None:
    """It is left out; an empty one in its place would be wrong."""
    source = read(twilio, tmp_path)

    assert dict(source.services[0].environments[1].variables) == {}
    assert any("variable B of api/prod was not read" in each for each in source.remarks)


def test_further_pages_are_read_at_the_same_server(twilio: Played, tmp_path: Path) -> None:
    """Wherever the link leads: it names Twilio's own host, and credentials stay where they are."""
    other = "ZS" + "7" * 32
    further = "https://serverless.twilio.com/v1/Services/next?PageSize=50&Page=1&PageToken=PT"
    twilio.documents["/v1/Services"] = page("services", service("api"), further=further)
    twilio.documents["/v1/Services/next"] = page("services", service("other", other))
    twilio.documents[f"/v1/Services/{other}/Environments"] = page("environments")

    assert [each.unique_name for each in read(twilio, tmp_path).services] == ["other", "api"]


def test_limits_and_one_dropped_line_are_waited_out(twilio: Played, tmp_path: Path) -> None:
    """Twilio answers 429 to who asks much."""
    twilio.faults = {"/v1/Services": [429, 429], f"{BASE}/Environments": [503], f"{BASE}/Builds/{BUILD}": [0]}

    assert len(read(twilio, tmp_path).services) == 1


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        pytest.param([0] * 9, "broke off", id="dropped"),
        pytest.param([503] * 9, "cannot do it now", id="away"),
        pytest.param([429] * 9, "asked too often", id="limited"),
    ],
)
def test_source_that_stays_away_ends_it(twilio: Played, tmp_path: Path, faults: list[int], said: str) -> None:
    """The message is about the source, and says that going on is by the same command."""
    twilio.faults[f"{BASE}/Builds/{BUILD}"] = faults

    with pytest.raises(PlatformError) as caught:
        read(twilio, tmp_path)

    assert caught.value.code == "unavailable"
    assert "reading from the source ended" in caught.value.message
    assert said in caught.value.message
    assert "type the same again" in caught.value.message


def test_credentials_that_are_refused_are_the_sources(twilio: Played, tmp_path: Path) -> None:
    """Nobody is told to sign in to a Gettone."""
    twilio.faults["/v1/Services"] = [401]

    with pytest.raises(PlatformError) as caught:
        read(twilio, tmp_path)

    assert caught.value.code == "denied"
    assert "the account to import from" in caught.value.message
    assert "gettone login" not in caught.value.message


def test_what_a_key_may_not_list_is_left_out_with_a_remark(twilio: Played, tmp_path: Path) -> None:
    """A standard key of Twilio's may not list keys. Whose it is, the services tell."""
    twilio.faults = {f"{CLASSIC}/Keys.json": [401], f"{CLASSIC}/Applications.json": [403]}

    source = read(twilio, tmp_path, username="SK" + "8" * 32)

    assert source.account_sid == ACCOUNT
    assert (source.keys, source.applications) == ((), ())
    assert [each.partition(" were")[0] for each in source.remarks[-2:]] == ["TwiML applications", "names of API keys"]


def test_services_are_chosen_by_name_or_sid_and_renamed(twilio: Played, tmp_path: Path) -> None:
    """What is named must be there."""
    chosen = [read(twilio, tmp_path, name, renames={"api": "phones"}) for name in ("api", SERVICE)]

    assert [each.services[0].unique_name for each in chosen] == ["phones", "phones"]
    with pytest.raises(PlatformError, match=r"no service fones\. Those that there are: api"):
        read(twilio, tmp_path, "fones")
    with pytest.raises(PlatformError, match="no service fones is imported"):
        read(twilio, tmp_path, renames={"fones": "x"})


def test_two_services_do_not_get_one_name(twilio: Played, tmp_path: Path) -> None:
    """The second would go into the first."""
    twilio.documents["/v1/Services"] = page("services", service("api"), service("other", "ZS" + "7" * 32))

    with pytest.raises(PlatformError, match="two services would be called other"):
        read(twilio, tmp_path, renames={"api": "other"})


@pytest.mark.parametrize(
    ("source", "filename"),
    [
        ("async def handler(context, event):\n    return 1\n", "hello.py"),
        ("import os\n\ndef handler(context, event): ...\n", "hello.py"),
        ("// def handler(\nexports.handler = 1;", "hello.js"),
    ],
)
def test_python_of_a_gettone_stays_python(twilio: Played, tmp_path: Path, source: str, filename: str) -> None:
    """Who plays Twilio may have it; the API does not say so, and does not tell its packages: there is a remark."""
    twilio.documents[f"{BASE}/Functions/{FUNCTION}/Versions/{VERSION}/Content"]["content"] = source

    found = read(twilio, tmp_path)
    build = found.services[0].environments[0].build

    assert build is not None
    assert build.files[0].filename == filename
    assert any("/hello of api is Python" in each for each in found.remarks) is filename.endswith(".py")
