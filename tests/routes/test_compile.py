"""A deployment as routes, and the digest that says whether workers may stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gettone.model.deployments import Deployment
from gettone.model.errors import PlatformError
from gettone.model.functions import Function, Visibility
from gettone.model.services import ServiceSettings
from gettone.model.sids import AccountSid, BuildSid, DeploymentSid, FunctionSid
from gettone.model.variables import Variables
from gettone.routes.compile import compile_environment
from gettone.routes.materialise import materialise
from gettone.routes.state import SegmentBounds, compile_segment
from tests.routes.samples import make_asset, make_function, make_state

CONTENTS = {"a" * 64: b"exports.handler = 1", "b" * 64: b"<p>"}


def deploy(*versions: Any, **changes: Any) -> Deployment:
    """A deployment that went through a segment, as a gateway has it."""
    segment = compile_segment(make_state(*versions, **changes), SegmentBounds())
    return materialise(segment, CONTENTS.__getitem__, Path, Path, ("token",))


DEPLOYMENT = deploy(make_function("/hello"), make_asset("/data.json"))
FUNCTION = DEPLOYMENT.functions[0]
ASSET = DEPLOYMENT.assets[0]


def digest(deployment: Deployment) -> str:
    """What tells workers apart."""
    return compile_environment(deployment).digest


@pytest.mark.parametrize(
    "changes",
    [
        {"build_sid": BuildSid("ZB" + "0" * 32)},
        {"deployment_sid": DeploymentSid("ZD" + "0" * 32)},
        {"account_sid": AccountSid("AC" + "0" * 32)},
        {"auth_tokens": ("another",)},
        {"functions": (replace(FUNCTION, sid=FunctionSid("ZH" + "0" * 32)),)},
        {"assets": (replace(ASSET, location=Path("/elsewhere")),)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_workers_do_not_know_keeps_them(changes: dict[str, Any]) -> None:
    """Deploying equal content restarts nothing."""
    assert digest(replace(DEPLOYMENT, **changes)) == digest(DEPLOYMENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"domain_name": "other.localhost"},
        {"functions": (replace(FUNCTION, content=b"exports.handler = 2"),)},
        {"functions": (replace(FUNCTION, visibility=Visibility.PRIVATE),)},
        {"functions": (replace(FUNCTION, file="handlers/hello.mjs"),)},
        {"assets": (replace(ASSET, digest="c" * 64),)},
        {"assets": ()},
        {"variables": Variables({"A": "1"})},
        {"settings": ServiceSettings(concurrency=2)},
        {"node_modules": Path("/bundles/1")},
        {"site_packages": Path("/bundles/1")},
        {"package_json": b"{}"},
    ],
    ids=[
        "domain",
        "content",
        "visibility",
        "file",
        "asset",
        "no asset",
        "variables",
        "settings",
        "node",
        "python",
        "json",
    ],
)
def test_what_can_change_an_answer_changes_the_digest(changes: dict[str, Any]) -> None:
    """Workers that serve the old state must not serve the new one."""
    assert digest(replace(DEPLOYMENT, **changes)) != digest(DEPLOYMENT)


def test_asset_is_served_for_the_root() -> None:
    """As on Twilio, where nothing else has that path."""
    environment = compile_environment(deploy(make_asset("/assets/index.html")))

    assert environment.find("/") is environment.find("/assets/index.html")


def test_what_has_the_root_itself_keeps_it() -> None:
    """A function or an asset whose path is a slash."""
    environment = compile_environment(deploy(make_function("/"), make_asset("/index.html")))

    assert isinstance(environment.find("/"), Function)


@pytest.mark.parametrize(
    "versions", [(make_asset("/index.html", visibility=Visibility.PRIVATE),), (make_function("/index.html"),)]
)
def test_what_is_no_page_is_not_served_for_the_root(versions: tuple[Any, ...]) -> None:
    """A private asset is nobody's page, and a function's path is its own."""
    assert compile_environment(deploy(*versions)).find("/") is None


def test_private_index_does_not_stand_before_a_public_one() -> None:
    """The next of the two paths counts."""
    environment = compile_environment(
        deploy(make_asset("/assets/index.html", visibility=Visibility.PRIVATE), make_asset("/index.html"))
    )

    assert environment.find("/") is environment.find("/index.html")


def test_two_things_at_one_path_are_refused() -> None:
    """In `dev`, too, which has no segments."""
    with pytest.raises(PlatformError, match="both served at /hello"):
        compile_environment(replace(DEPLOYMENT, functions=(FUNCTION, replace(FUNCTION, source="functions/hello.py"))))
