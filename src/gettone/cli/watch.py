"""When a project's folder has changed in a way that matters. Knows which files make a project, not what is in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import DefaultFilter, awatch

from gettone.project.load import Folders

# Short, so that a save is served within 300 ms; long enough for an editor that writes in two steps.
QUIET_MS = 20
STEP_MS = 10


class _SourceFilter(DefaultFilter):
    """Everything but editors' and interpreters' droppings."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".gettone")


def watched_folders(
    project: Path, env_file: Path | None, folders: Folders
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Folders to watch with all that is below them, and folders to watch alone.

    `node_modules` and environments may hold a hundred thousand files: the project's own folder is watched alone.
    """
    deep = tuple(project / name for name in (*folders.functions, *folders.assets) if (project / name).is_dir())
    flat = {project.resolve()} | ({env_file.resolve().parent} if env_file is not None else set())
    return deep, tuple(flat)


async def changes(project: Path, env_file: Path | None, folders: Folders) -> AsyncIterator[None]:
    """Yield after each burst of changes."""
    while True:
        deep, flat = watched_folders(project, env_file, folders)
        async for _ in _merged(deep, flat):
            yield
            if watched_folders(project, env_file, folders) != (deep, flat):
                break  # a folder has come or gone


async def _merged(deep: tuple[Path, ...], flat: tuple[Path, ...]) -> AsyncIterator[None]:
    changed = asyncio.Event()
    stop = asyncio.Event()

    async def watch(paths: tuple[Path, ...], recursive: bool) -> None:
        async for _ in awatch(
            *paths,
            watch_filter=_SourceFilter(),
            debounce=QUIET_MS * 4,
            step=STEP_MS,
            stop_event=stop,
            recursive=recursive,
            ignore_permission_denied=True,
        ):
            changed.set()

    tasks = [asyncio.create_task(watch(flat, recursive=False))]
    if deep:
        tasks.append(asyncio.create_task(watch(deep, recursive=True)))
    try:
        while True:
            waiting = asyncio.create_task(changed.wait())
            done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
            if waiting not in done:
                waiting.cancel()
                for task in done:
                    task.result()
                return
            changed.clear()
            yield
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
