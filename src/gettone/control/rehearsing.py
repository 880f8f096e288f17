"""The code that a deploy brings, handed to the checker in portions, and what it finds told by function.

Only what is not live already is checked: what is, loads. Must not know builds or steps.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from posixpath import splitext

from gettone.control.checking import CodeChecker, CodeFile
from gettone.control.progress import SourceProblem
from gettone.control.sheets import file_name_of
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionVersion
from gettone.project.package import PACKAGE_FILE
from gettone.project.paths import LANGUAGES
from gettone.store.interface import Store
from gettone.wire.messages import Problem

# So much code is held in memory at once.
PORTION_BYTES = 8 << 20


async def rehearse(
    store: Store, checker: CodeChecker, functions: Sequence[FunctionVersion], new: Sequence[FunctionVersion]
) -> tuple[SourceProblem, ...]:
    """What does not compile of the `new` ones among functions; of the first portion that has any.

    Raises PlatformError `unavailable` where nobody can be asked.
    """
    sids = {file_name_of(each): each.function_sid for each in new}
    async for portion in _portions(store, functions, new):
        found = await checker.check(portion)
        if found:
            return tuple(_told(each, sids) for each in found)
    return ()


async def _portions(
    store: Store, functions: Sequence[FunctionVersion], new: Sequence[FunctionVersion]
) -> AsyncIterator[Sequence[CodeFile]]:
    kinds = [await _read(store, each) for each in functions if each.path.endswith(f"/{PACKAGE_FILE}")]
    portion: list[CodeFile] = []
    for version in new:
        file = await _read(store, version)
        if file.language is None:
            continue
        portion.append(file)
        if sum(len(each.content) for each in portion) >= PORTION_BYTES:
            yield [*kinds, *portion]
            portion = []
    if portion:
        yield [*kinds, *portion]


async def _read(store: Store, version: FunctionVersion) -> CodeFile:
    async with store.reading() as tx:
        content = await tx.blobs.find(version.digest)
    if content is None:
        raise PlatformError("internal", f"the content of version {version.sid} is lost: save it again")
    source = file_name_of(version)
    language = None if source.endswith(".d.ts") else LANGUAGES.get(splitext(source)[1])
    return CodeFile(version.path, f"handlers{source.removeprefix('functions')}", source, language, content)


def _told(problem: Problem, sids: Mapping[str, str]) -> SourceProblem:
    return SourceProblem(
        message=problem.message,
        name=problem.name,
        file=problem.file,
        sid=None if problem.file is None else sids.get(problem.file),
        line=problem.line,
        column=problem.column,
        text=problem.text,
        hint=problem.hint,
    )
