"""Functions and assets: names, versions, and what keeps one from being deleted."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gettone.model.functions import Language, Visibility
from gettone.model.pages import PageRequest
from tests.control.desks import JAVASCRIPT, Desk, open_desk
from tests.control.offices import FIGURES, holder
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

PAGE = PageRequest()
PYTHON = b'def handler(context, event):\n    return "h\xc3\xa9"\n'


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases; a service called shop."""
    async with open_desk() as opened:
        await opened.service()
        yield opened


async def test_version_keeps_what_was_uploaded(desk: Desk) -> None:
    """Path, visibility, language and content; the newest first, each with its own SID."""
    function = await desk.functions.create(holder(), service="shop", friendly_name="/hello")
    first = await desk.functions.create_version(
        holder(),
        service="shop",
        sid=function.sid,
        path="hello there",
        visibility="Protected",
        content=PYTHON,
        filename="hello.py",
        content_type="",
    )
    second = await desk.functions.create_version(
        holder(),
        service="shop",
        sid=function.sid,
        path="/hello",
        visibility="public",
        content=JAVASCRIPT,
        filename="hello",
        content_type="application/javascript",
    )

    assert (first.path, first.visibility, first.language) == ("/hello-there", Visibility.PROTECTED, Language.PYTHON)
    assert (first.extension, first.size_bytes) == (".py", len(PYTHON))
    assert first.digest == hashlib.sha256(PYTHON).hexdigest()
    assert (second.language, second.extension) == (Language.JAVASCRIPT, ".js")
    of_function = {"service": "shop", "function_sid": function.sid}
    assert await desk.functions.get_version(holder(), **of_function, sid=first.sid) == first
    assert await desk.functions.content(holder(), **of_function, sid=first.sid) == PYTHON
    listed = await desk.functions.list_versions(holder(), service="shop", sid=function.sid, page=PAGE)
    assert listed.items == (second, first)


async def test_function_is_renamed_and_listed(desk: Desk) -> None:
    """Two may have one name: the versions have the paths."""
    one = await desk.functions.create(holder(), service="shop", friendly_name="/hello")
    two = await desk.functions.create(holder(), service="shop", friendly_name="/hello")
    renamed = await desk.functions.update(holder(), service="shop", sid=two.sid, friendly_name="x" * 255)

    assert (await desk.functions.list(holder(), service="shop", page=PAGE)).items == (renamed, one)
    assert await desk.functions.get(holder(), service="shop", sid=two.sid) == renamed
    for name in ("", "x" * 256, "a\0", " "):
        error = await refusal(desk.functions.create(holder(), service="shop", friendly_name=name))
        assert error.code == "invalid", name
        error = await refusal(desk.functions.update(holder(), service="shop", sid=one.sid, friendly_name=name))
        assert error.code == "invalid", name


async def test_asset_version_keeps_what_was_uploaded(desk: Desk) -> None:
    """Content by its digest; what was not said of its type is told by its path."""
    asset = await desk.assets.create(holder(), service="shop", friendly_name="/logo.png")
    version = await desk.assets.create_version(
        holder(),
        service="shop",
        sid=asset.sid,
        path="logo.png",
        visibility="private",
        content=b"\x89PNG",
        content_type="",
    )

    assert (version.path, version.visibility, version.content_type) == ("/logo.png", "private", "image/png")
    assert (version.digest, version.size_bytes) == (hashlib.sha256(b"\x89PNG").hexdigest(), 4)
    async with desk.office.store.reading() as tx:
        assert await tx.blobs.find(version.digest) == b"\x89PNG"
    of_asset = {"service": "shop", "asset_sid": asset.sid}
    assert await desk.assets.get_version(holder(), **of_asset, sid=version.sid) == version
    listed = await desk.assets.list_versions(holder(), service="shop", sid=asset.sid, page=PAGE)
    assert listed.items == (version,)
    renamed = await desk.assets.update(holder(), service="shop", sid=asset.sid, friendly_name="logo")
    assert (await desk.assets.list(holder(), service="shop", page=PAGE)).items == (renamed,)


async def test_what_a_build_has_cannot_be_deleted(desk: Desk) -> None:
    """Who serves it is named, or else the builds that have it; once these are gone, it can go."""
    version = await desk.version("shop")
    other = await desk.version("shop", "/other")
    environment = await desk.environment("shop")
    first, second = await desk.build("shop", version), await desk.build("shop", version, other)
    await desk.deploy(environment, first)

    live = await refusal(desk.functions.delete(holder(), service="shop", sid=version.function_sid))
    await desk.deploy(environment, None)
    built = await refusal(desk.functions.delete(holder(), service="shop", sid=version.function_sid))

    assert (live.code, built.code) == ("conflict", "conflict")
    assert "is served by production" in live.message
    assert f"is a part of {first.sid}, {second.sid}" in built.message
    for build in (first, second):
        await desk.builds.delete(holder(), service="shop", sid=build.sid)
    await desk.functions.delete(holder(), service="shop", sid=version.function_sid)
    gone = await refusal(desk.functions.get(holder(), service="shop", sid=version.function_sid))
    assert gone.code == "not_found"
    assert (await desk.audited())[-1] == ("function.delete", version.function_sid, {"friendly_name": "/hello"})


async def test_asset_that_a_build_has_cannot_be_deleted(desk: Desk) -> None:
    """As functions; many builds are named with a count."""
    asset = await desk.assets.create(holder(), service="shop", friendly_name="/a.txt")
    version = await desk.assets.create_version(
        holder(), service="shop", sid=asset.sid, path="/a.txt", visibility="public", content=b"a", content_type=""
    )
    builds = [await desk.builds.create(holder(), service="shop", asset_versions=[version.sid]) for _ in range(7)]

    error = await refusal(desk.assets.delete(holder(), service="shop", sid=asset.sid))

    assert error.code == "conflict"
    assert builds[0].sid in error.message
    assert "and 2 more" in error.message
    for build in builds:
        await desk.builds.delete(holder(), service="shop", sid=build.sid)
    await desk.assets.delete(holder(), service="shop", sid=asset.sid)


async def test_functions_and_assets_are_limited(anyio_backend: str) -> None:
    """Lists that are read as a whole need an end."""
    async with open_desk(limits=replace(FIGURES, functions_per_service=1)) as desk:
        await desk.service()
        await desk.functions.create(holder(), service="shop", friendly_name="a")
        await desk.assets.create(holder(), service="shop", friendly_name="a")

        assert (await refusal(desk.functions.create(holder(), service="shop", friendly_name="b"))).code == "invalid"
        assert (await refusal(desk.assets.create(holder(), service="shop", friendly_name="b"))).code == "invalid"


async def test_refused_upload_leaves_nothing(desk: Desk) -> None:
    """No version, and no content."""
    function = await desk.functions.create(holder(), service="shop", friendly_name="/hello")
    error = await refusal(
        desk.functions.create_version(
            holder(),
            service="shop",
            sid=function.sid,
            path="/../hello",
            visibility="public",
            content=JAVASCRIPT,
            filename="hello.js",
            content_type="",
        )
    )

    assert error.code == "invalid"
    async with desk.office.store.reading() as tx:
        assert await tx.function_versions.count() == 0
        assert not await tx.blobs.has(hashlib.sha256(JAVASCRIPT).hexdigest())
