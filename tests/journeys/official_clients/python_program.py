"""A user's program over the official Python client: all is made, found, paged, changed, deleted, and a token fetched.

Prints as JSON what the client told it; node_program.js does the same, and test_rest_clients.py judges both. Where
Twilio is, whom to trust and who signs in, the client takes from the environment. Must not know where it really is.

    python python_program.py ADDRESS    the address where functions are called
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

UPLOADS = "https://serverless-upload.twilio.com/v1"
SECONDS = 20
NOWHERE = "ZS" + "0" * 32
TOKEN = """
from gettone import AccessToken, VideoGrant


def handler(context, event):
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, identity=event.identity)
    token.add_grant(VideoGrant(room=event.room))
    print("a token for", event.identity)
    return {"token": token.to_jwt()}
"""

Facts = dict[str, object]
T = TypeVar("T")


def main() -> None:
    """Do all of it, in order, and print what was seen."""
    address = sys.argv[1]
    account = Client()
    key = account.new_keys.create(friendly_name="program")
    # All but keys and accounts is done as a program does it that was given a key.
    client = Client(key.sid, key.secret, account.username)
    facts: Facts = {"key": {"sid": key.sid, "secret": key.secret}}
    facts["lives"] = {
        **dict(account_lives(account)),
        **dict(service_lives(client, (key.sid, key.secret))),
    }
    facts["pages"] = pages(client)
    facts["key pages"] = key_pages(account)
    facts["refusals"] = refusals(account, client)
    facts["regional"] = regional(account)
    facts["deployed"] = deployed(client, (key.sid, key.secret), address)
    print(json.dumps(facts))


def account_lives(client: Client) -> Iterator[tuple[str, Facts]]:
    """Keys under their three names, TwiML apps."""
    made = client.new_keys.create(friendly_name="first")
    yield "key", live(made, client.keys.list, client.keys(made.sid), friendly_name="second")
    made = client.new_signing_keys.create(friendly_name="first")
    yield "signing key", live(made, client.signing_keys.list, client.signing_keys(made.sid), friendly_name="second")
    iam = client.iam.v1
    made = iam.new_api_key.create(account_sid=client.username, friendly_name="first")
    yield (
        "iam key",
        live(
            made,
            lambda: iam.get_api_keys.list(account_sid=client.username),
            iam.api_key(made.sid),
            friendly_name="second",
        ),
    )
    made = client.applications.create(friendly_name="calls", voice_url="https://example.com/voice")
    yield (
        "application",
        live(
            made,
            lambda: client.applications.list(friendly_name="calls"),
            client.applications(made.sid),
            voice_url="https://example.com/other",
        ),
    )


def service_lives(client: Client, key: tuple[str, str]) -> Iterator[tuple[str, Facts]]:
    """A service and all that may stand in it."""
    service = client.serverless.v1.services.create(
        unique_name="python-lives", friendly_name="first", include_credentials=True
    )
    there = client.serverless.v1.services(service.sid)
    environment = there.environments.create(unique_name="staging", domain_suffix="staging")
    here = there.environments(environment.sid)
    variable = here.variables.create(key="COLOUR", value="blue")
    yield "variable", live(variable, here.variables.list, here.variables(variable.sid), value="green")
    function = there.functions.create(friendly_name="/token")
    version = upload(key, service.sid, "Functions", function.sid, "/token", TOKEN, "text/x-python")
    versions = there.functions(function.sid).function_versions
    yield "function version", seen(version, versions.list, there.functions(function.sid).function_versions(version))
    content = there.functions(function.sid).function_versions(version).function_version_content().fetch()
    yield "content", {"whole": content.content == TOKEN}
    asset = there.assets.create(friendly_name="/style.css")
    asset_version = upload(key, service.sid, "Assets", asset.sid, "/style.css", "body {}", "text/css")
    asset_versions = there.assets(asset.sid).asset_versions
    yield (
        "asset version",
        seen(asset_version, asset_versions.list, there.assets(asset.sid).asset_versions(asset_version)),
    )
    build = there.builds.create(function_versions=[version], asset_versions=[asset_version], dependencies="[]")
    await_build(there, build.sid)
    yield "build", live(build, there.builds.list, there.builds(build.sid))
    yield "function", live(function, there.functions.list, there.functions(function.sid), friendly_name="/other")
    yield "asset", live(asset, there.assets.list, there.assets(asset.sid), friendly_name="/other.css")
    yield "environment", live(environment, there.environments.list, here)
    yield "service", live(service, client.serverless.v1.services.list, there, friendly_name="second")


# The client has no types.
def live(made: Any, listing: Callable[[], list[Any]], resource: Any, **change: str) -> Facts:
    """Follow something that was made through its life, to its end."""
    facts = seen(made.sid, listing, resource)
    if change:
        changed = resource.update(**change)
        facts["changed"] = [getattr(changed, name) for name in change] == list(change.values())
    facts["deleted"] = resource.delete()
    facts["listed after"] = made.sid in {each.sid for each in listing()}
    facts["gone"] = refusal(resource.fetch)
    return facts


def seen(sid: str, listing: Callable[[], list[Any]], resource: Any) -> Facts:
    """Whether something is found by both ways, and has a date that the client could read."""
    fetched = resource.fetch()
    return {
        "listed": sid in {each.sid for each in listing()},
        "fetched": fetched.sid == sid,
        "dated": isinstance(fetched.date_created, datetime),
    }


def pages(client: Client) -> Facts:
    """Seven functions, and all the ways to come by them."""
    service = client.serverless.v1.services.create(unique_name="python-pages", friendly_name="Pages")
    functions = client.serverless.v1.services(service.sid).functions
    for number in range(7):
        functions.create(friendly_name=f"/{number}")
    first = functions.page(page_size=3)
    second = first.next_page()
    third = second.next_page()
    return {
        "all": names(functions.list(page_size=3)),
        "some": names(functions.list(limit=5, page_size=2)),
        "more than a page may have": names(functions.list(limit=5000)),
        "streamed": names(functions.stream(page_size=4)),
        "first": names(first),
        "second": names(second),
        "third": names(third),
        "after the third": third.next_page(),
        "back": names(second.previous_page()),
    }


def key_pages(client: Client) -> Facts:
    """The other kind of pages: those of the older API."""
    made = {client.new_keys.create(friendly_name=f"page {number}").sid for number in range(5)}
    first = client.keys.page(page_size=2)
    second = first.next_page()
    first_sids, second_sids, back = ([key.sid for key in page] for page in (first, second, second.previous_page()))
    listed = [key.sid for key in client.keys.list(page_size=2)]
    return {
        "complete": made <= set(listed) and len(listed) == len(set(listed)),
        "sizes": [len(first_sids), len(second_sids)],
        "followed": listed[:4] == first_sids + second_sids,
        "back": back == first_sids,
    }


def refusals(account: Client, client: Client) -> Facts:
    """What the client makes of errors."""
    services = client.serverless.v1.services
    services.create(unique_name="python-taken", friendly_name="x")
    stranger = Client(account.username, "0" * 32)
    return {
        "missing": refusal(services(NOWHERE).fetch),
        "invalid": refusal(lambda: services.create(unique_name="no such name!", friendly_name="x")),
        "taken": refusal(lambda: services.create(unique_name="python-taken", friendly_name="x")),
        "empty build": refusal(services("python-taken").builds.create),
        "stranger": refusal(stranger.serverless.v1.services("python-taken").fetch),
        "keys with a key": refusal(client.new_keys.create),
    }


def refusal(act: Callable[[], object]) -> Facts | None:
    """The error that an act ends with."""
    try:
        act()
    except TwilioRestException as error:
        return {"status": error.status, "code": error.code, "message": error.msg}
    return None


def regional(account: Client) -> Facts:
    """The addresses that a client is given that speaks to a region."""
    client = Client(account.username, account.password, region="ie1", edge="dublin")
    services = client.serverless.v1.services
    return {
        "url": services("python-pages").fetch().url.partition("/v1")[0],
        "paged": len(services("python-pages").functions.list(page_size=3)),
    }


def deployed(client: Client, key: tuple[str, str], address: str) -> Facts:
    """From nothing to a token of a function, by the new key."""
    services = client.serverless.v1.services
    service = services.create(unique_name="python-program", friendly_name="Program", include_credentials=True)
    there = services(service.sid)
    environment = there.environments.create(unique_name="dev", domain_suffix="dev")
    here = there.environments(environment.sid)
    for name, value in zip(("API_KEY", "API_SECRET"), key, strict=True):
        here.variables.create(key=name, value=value)
    function = there.functions.create(friendly_name="/token")
    version = upload(key, service.sid, "Functions", function.sid, "/token", TOKEN, "text/x-python")
    asset = there.assets.create(friendly_name="/hello.txt")
    asset_version = upload(key, service.sid, "Assets", asset.sid, "/hello.txt", "hello\n", "text/plain")
    build = there.builds.create(function_versions=[version], asset_versions=[asset_version])
    status = await_build(there, build.sid)
    deployment = here.deployments.create(build_sid=build.sid)
    answer = ask(address, environment.domain_name, "/token", {"identity": "alice", "room": "one"})
    return {
        "status": status,
        "token": json.loads(answer)["token"],
        "asset": ask(address, environment.domain_name, "/hello.txt"),
        "deployment": seen(deployment.sid, here.deployments.list, here.deployments(deployment.sid)),
        "served": here.fetch().build_sid == build.sid,
        "again": refusal(lambda: here.deployments.create(build_sid=build.sid)),
        "deleted": refusal(there.builds(build.sid).delete),
        "log": log_of(here, function.sid),
    }


def upload(key: tuple[str, str], service: str, kind: str, sid: str, path: str, content: str, content_type: str) -> str:
    """Upload a version: the client has no method for it, so this is a form as Twilio documents it. Its SID."""
    answer = requests.post(
        f"{UPLOADS}/Services/{service}/{kind}/{sid}/Versions",
        data={"Path": path, "Visibility": "public"},
        files={"Content": (path.rpartition("/")[2], content, content_type)},
        auth=key,
        timeout=SECONDS,
    )
    answer.raise_for_status()
    return str(answer.json()["sid"])


def await_build(service: Any, sid: str) -> str:
    """Ask until a build is done. Its status."""
    return until(lambda: str(service.builds(sid).build_status().fetch().status), lambda status: status != "building")


def ask(address: str, host: str, path: str, form: dict[str, str] | None = None) -> str:
    """Ask for a path of the service that has this host name, as soon as it is served. Posts a form if there is one."""
    method = "GET" if form is None else "POST"

    def send() -> tuple[int, str]:
        answer = requests.request(method, f"{address}{path}", data=form, headers={"Host": host}, timeout=SECONDS)
        return answer.status_code, answer.text

    return until(send, lambda answer: answer[0] == 200)[1]


def log_of(environment: Any, function: str) -> Facts:
    """The line that a function printed."""
    [line] = until(lambda: list(environment.logs.list(function_sid=function)), lambda lines: len(lines) == 1)
    fetched = environment.logs(line.sid).fetch()
    return {"message": line.message, "level": line.level, "fetched": fetched.message == line.message}


def until(look: Callable[[], T], fits: Callable[[T], bool]) -> T:
    """What there is to see as soon as it fits."""
    end = time.monotonic() + SECONDS
    while not fits(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def names(things: Iterable[Any]) -> list[str]:
    """The names of many things."""
    return [each.friendly_name for each in things]


if __name__ == "__main__":
    main()
