"""The editor of a service: its sheet, what saving a file comes to, and two who edit one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control.editors import BETTER, GOOD, Editor, open_editor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def editor(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor, and a service called rooms that a console made."""
    async with open_editor(tmp_path) as opened:
        await opened.make_service()
        yield opened


async def test_saved_function_is_live(editor: Editor) -> None:
    """It is on the sheet as it was saved, and what is served is that."""
    saved = await editor.save(await editor.add(), GOOD)
    live = await editor.live(saved.progress)

    sheet = await editor.sheet()
    assert sheet.environment is not None
    segment = await editor.served(sheet.environment)
    assert segment is not None
    assert [(each.path, each.version_sid) for each in segment.functions] == [("/hello", saved.file.version_sid)]
    assert live.revision in editor.gateway.served
    assert [each.is_live for each in sheet.files] == [True]
    assert not sheet.has_changes
    again = await editor.live((await editor.save(sheet.files[0], BETTER)).progress)
    print(live.seconds, again.seconds)
