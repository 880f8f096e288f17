"""Assets that are uploaded, and files that are downloaded and removed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from gettone.control.sheets import SheetFile
from gettone.model.users import Role
from tests.console.rooms import GOOD, PATH, Rooms, open_rooms

pytestmark = pytest.mark.anyio

PAGE = b"<!doctype html><p>hello</p>"


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service with one function."""
    async with open_rooms() as rooms:
        yield rooms


async def upload(
    rooms: Rooms, content: bytes | None, *, path: str = "", visibility: str = "public", name: str = "index.html"
) -> httpx2.Response:
    """The form with a file in it; without one, where content is None."""
    files = {"file": ("" if content is None else name, content or b"", "text/html")}
    data = {"path": path, "visibility": visibility}
    return await rooms.served.browser.post(f"{rooms.root}/assets/new", data=data, files=files)


async def asset(rooms: Rooms) -> SheetFile:
    """The one asset."""
    (found,) = (await rooms.sheet()).assets
    return found


async def test_asset_is_uploaded_and_live(rooms: Rooms) -> None:
    """Under its own name where no path is given; a text is open in the editor then."""
    page = await rooms.follow(await upload(rooms, PAGE))

    file = await asset(rooms)
    assert (file.path, file.content_type, file.is_live) == ("/index.html", "text/html; charset=utf-8", True)
    assert "&lt;p&gt;hello&lt;/p&gt;" in page.text
    assert "Public: anyone who knows the address can load it" in page.text


async def test_text_of_an_asset_is_changed_in_the_editor(rooms: Rooms) -> None:
    """As code is."""
    await upload(rooms, PAGE)
    file = await asset(rooms)
    form = await rooms.form(await rooms.get(file=file.sid))
    await rooms.post("/save", {**form, "source": "<p>changed</p>\n"})

    content = await rooms.get(f"/files/{file.sid}/content")
    assert content.content == b"<p>changed</p>\n"


async def test_what_is_no_text_is_not_edited(rooms: Rooms) -> None:
    """It can be downloaded, and its access changed."""
    await upload(rooms, b"\x89PNG\x00\xff", name="coin.png")
    file = await asset(rooms)
    page = (await rooms.get(file=file.sid)).text
    form = await rooms.form(await rooms.get(file=file.sid))
    await rooms.post("/save", {**form, "visibility": "private"})

    assert "data-editor" not in page
    assert "This is no text" in page
    assert (await asset(rooms)).visibility == "private"


async def test_next_version_keeps_the_path(rooms: Rooms) -> None:
    """A file is uploaded over the one that is named."""
    await upload(rooms, PAGE)
    file = await asset(rooms)
    await rooms.served.browser.post(
        f"{rooms.root}/assets/new?file={file.sid}",
        data={"path": file.path, "visibility": "public"},
        files={"file": ("other.html", b"<p>other</p>", "text/html")},
    )

    assert (await rooms.get(f"/files/{file.sid}/content")).content == b"<p>other</p>"
    assert (await asset(rooms)).sid == file.sid


@pytest.mark.parametrize(
    ("content", "path", "field"), [(None, "/a.html", "file"), (PAGE, "/no?path", "path"), (PAGE, PATH, "path")]
)
async def test_refused_upload_keeps_what_was_typed(rooms: Rooms, content: bytes | None, path: str, field: str) -> None:
    """A file that is missing, a path that can be none, one that is taken: each in its field."""
    answer = await upload(rooms, content, path=path, visibility="protected")

    assert answer.status_code in (400, 409)
    assert f'id="{field}-problem"' in answer.text
    assert f'value="{path}"' in answer.text
    assert 'value="protected" checked' in answer.text


async def test_file_that_is_too_large_is_refused(rooms: Rooms) -> None:
    """Before all of it is read."""
    answer = await upload(rooms, b"x" * (26 << 20))

    assert answer.status_code == 413
    assert "too large" in answer.text


async def test_download_is_never_shown_in_the_consoles_origin(rooms: Rooms) -> None:
    """It is an attachment of no type that a browser opens."""
    await upload(rooms, PAGE)
    answer = await rooms.get(f"/files/{(await asset(rooms)).sid}/content")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''index.html"


async def test_removal_is_asked_first(rooms: Rooms) -> None:
    """The page names the file and where it is live; then it is out of the editor and of what is live."""
    await rooms.save(GOOD)
    asked = await rooms.get(f"/files/{rooms.file_sid}/remove")
    answer = await rooms.post(f"/files/{rooms.file_sid}/remove", {})
    page = await rooms.follow(answer)

    assert f"Delete {PATH}?" in asked.text
    assert "It is live now in ui" in asked.text
    assert page.status_code == 200
    assert (await rooms.sheet()).files == ()
    assert not (await rooms.sheet()).has_changes
    assert (await rooms.get(f"/files/{rooms.file_sid}/remove")).status_code == 404


async def test_viewer_uploads_and_removes_nothing() -> None:
    """Whatever they send."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        sent = await upload(rooms, PAGE)
        removed = await rooms.post(f"/files/{rooms.file_sid}/remove", {})

    assert (sent.status_code, removed.status_code) == (403, 403)
