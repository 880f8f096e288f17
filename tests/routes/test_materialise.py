"""A segment with its contents: a deployment that names all it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gettone.model.functions import Visibility
from gettone.routes.materialise import materialise
from tests.routes.samples import ENVIRONMENT

SOURCE = b"def handler(context, event): return 1"


def test_deployment_has_what_a_gateway_serves_and_logs() -> None:
    """Contents by digest, and the SIDs that log lines are kept under."""
    deployment = materialise(
        ENVIRONMENT, {"a" * 64: SOURCE}.__getitem__, Path("/blobs").joinpath, Path("/bundles").joinpath, ("one", "two")
    )

    function, asset = deployment.functions[0], deployment.assets[0]
    assert (function.name, function.path, function.content) == ("create-room-token", "/create-room-token", SOURCE)
    assert function.sid == ENVIRONMENT.functions[0].sid
    assert (asset.path, asset.location, asset.size_bytes) == ("/index.html", Path("/blobs") / ("b" * 64), 7)
    assert (deployment.node_modules, deployment.site_packages) == (None, Path("/bundles") / ("c" * 64))
    assert deployment.account_sid == ENVIRONMENT.account_sid
    assert deployment.build_sid == ENVIRONMENT.build_sid
    assert deployment.deployment_sid == ENVIRONMENT.deployment_sid
    assert deployment.variables == ENVIRONMENT.variables
    assert deployment.auth_tokens == ("one", "two")


def test_file_beside_the_functions_is_no_function() -> None:
    """A helper or a file of data lies where functions find it, and has no route and no guest of its own."""
    helper = replace(
        ENVIRONMENT.functions[0], path="/_helper.py", file="handlers/_helper.py", visibility=Visibility.PRIVATE
    )
    public = replace(helper, visibility=Visibility.PUBLIC)
    deployment = materialise(
        replace(ENVIRONMENT, functions=(*ENVIRONMENT.functions, helper)), lambda _: SOURCE, Path, Path
    )

    assert [module.file for module in deployment.modules] == ["handlers/_helper.py"]
    assert [function.path for function in deployment.functions] == ["/create-room-token"]
    assert not public.is_module


def test_tokens_and_variables_do_not_show_in_a_repr() -> None:
    """A deployment may end in a log by mistake."""
    deployment = materialise(ENVIRONMENT, lambda _: SOURCE, Path, Path, ("hunter2",))

    assert "hunter2" not in repr(deployment)
    assert "unsafe" not in repr(deployment)


def test_missing_content_is_its_owners_error() -> None:
    """A gateway fetches contents first; what is not there is told as whoever looked for it tells it."""
    with pytest.raises(KeyError):
        materialise(ENVIRONMENT, dict[str, bytes]().__getitem__, Path, Path)
    with pytest.raises(LookupError):
        materialise(
            replace(ENVIRONMENT, functions=()), dict[str, bytes]().__getitem__, Path, dict[str, Path]().__getitem__
        )
