"""A folder to install in: what runs there is bounded and confined, and nothing of it is left afterwards.

State of a `Workshop`: `_opened`, its nursery and folder while there is a bench; `_benches`, how many there are; `_fit`,
what nobody can run. A bench's folder is removed when it is left; what a killed Gettone leaves, by its nursery. Must not
know npm or pip.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gettone.control.programs import run_program
from gettone.model.errors import PlatformError
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery

# Who owns nothing, on every system.
NOBODY = 65534
_PROBE_SECONDS = 20.0
_WATCH_SECONDS = 1.0
_READ_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class WorkBounds:
    """How much one install may take: time, what is kept of its words, what lies in its folder meanwhile."""

    seconds: float = 300.0
    log_bytes: int = 256 << 10
    folder_bytes: int = 1 << 30


class Workshop:
    """Makes benches below `folder` (absent: the system's temporary one).

    As root, programs run as nobody if nobody can run them; `folder` counts if nobody can reach it.
    """

    def __init__(self, folder: Path | None = None, bounds: WorkBounds | None = None) -> None:
        self.bounds = bounds or WorkBounds()
        self._parent = folder
        self._opened: tuple[Nursery, Path] | None = None
        self._benches = 0
        self._fit: dict[tuple[str, ...], bool] = {}

    @contextlib.asynccontextmanager
    async def bench(self, probe: Sequence[str]) -> AsyncIterator[Bench]:
        """An empty folder for the time of the block. `probe` is a command that does nothing, of what will run there.

        Raises PlatformError `unavailable` where there can be none.
        """
        self._benches += 1
        try:
            try:
                nursery, folder = self._open()
                user = await self._user(nursery, folder, probe)
                place = Path(tempfile.mkdtemp(prefix="install-", dir=folder))
            except (OSError, LaunchError) as error:
                raise PlatformError("unavailable", f"packages cannot be installed: {error}") from error
            try:
                yield Bench(nursery, place, user, self.bounds)
            finally:
                await finish(shutil.rmtree, place, True)
        finally:
            self._benches -= 1
            if self._benches == 0:
                await self.close()

    async def close(self) -> None:
        """End whatever runs, and remove the folder."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened[0].close()

    def _open(self) -> tuple[Nursery, Path]:
        if self._opened is None or not self._opened[1].is_dir():
            folder = Path(tempfile.mkdtemp(prefix="gettone-installs-", dir=self._place()))
            # Others may pass through to what is theirs, and see nothing on the way.
            folder.chmod(0o711)
            self._opened = Nursery(folder), folder
        return self._opened

    def _place(self) -> Path | None:
        """Where the folder goes: as root, nowhere that others cannot reach."""
        if self._parent is None:
            return None
        self._parent.mkdir(parents=True, exist_ok=True)
        place = self._parent.resolve()
        reachable = all(each.stat().st_mode & stat.S_IXOTH for each in (place, *place.parents))
        return place if reachable or os.geteuid() != 0 else None

    async def _user(self, nursery: Nursery, folder: Path, probe: Sequence[str]) -> int | None:
        if os.geteuid() != 0:
            return None
        key = tuple(probe)
        if key not in self._fit:
            try:
                async with asyncio.timeout(_PROBE_SECONDS):
                    self._fit[key] = await run_program(nursery, probe, {}, folder, lambda line: None, NOBODY) == 0
            except (PlatformError, TimeoutError):
                self._fit[key] = False
        return NOBODY if self._fit[key] else None


class Bench:
    """One install's folder. State: how much of the programs' words is still kept."""

    def __init__(self, nursery: Nursery, folder: Path, user: int | None, bounds: WorkBounds) -> None:
        self.folder = folder
        self._nursery = nursery
        self._user = user
        self._bounds = bounds
        self._log_bytes_left = bounds.log_bytes
        self._give(folder)
        for name in ("home", "tmp"):
            (folder / name).mkdir()
            self._give(folder / name)

    @property
    def home(self) -> Path:
        """The home of whoever works here."""
        return self.folder / "home"

    def write(self, name: str, text: str) -> Path:
        """A file of this folder that only whoever works here can read."""
        path = self.folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            if self._user is not None:
                os.fchown(descriptor, self._user, self._user)
            file.write(text)
        return path

    def read(self, name: str) -> str:
        """What a program wrote into a file here. Raises PlatformError `invalid` when there is none."""
        # SAFETY: who worked here may have been a stranger's program, and we may be root: nothing leads elsewhere.
        try:
            with open(os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return file.read(_READ_BYTES_MAX).decode("utf-8")
        except (OSError, ValueError) as error:
            raise _spoiled(name) from error
        raise _spoiled(name)

    def made(self, name: str) -> Path:
        """A folder that a program made here, or else an empty one. Raises PlatformError `invalid` for anything else."""
        path = self.folder / name
        # SAFETY: as above.
        if not os.path.lexists(path):
            path.mkdir()
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise _spoiled(name)
        return path

    async def run(self, argv: Sequence[str], variables: Mapping[str, str], hear: Callable[[str], None]) -> int:
        """Run a program here to its end, with these variables and nothing of the host's. Its exit code.

        Raises PlatformError `too_large` when the folder gets too full, `unavailable` when it cannot be started.
        """
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            **variables,
        }
        program = run_program(self._nursery, argv, environment, self.folder, self._bounded(hear), self._user)
        work, watch = asyncio.create_task(program), asyncio.create_task(self._watch())
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
            return await work
        finally:
            watch.cancel()
            work.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)

    def _give(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user, self._user)

    def _bounded(self, hear: Callable[[str], None]) -> Callable[[str], None]:
        def take(line: str) -> None:
            before, self._log_bytes_left = self._log_bytes_left, self._log_bytes_left - len(line) - 1
            if self._log_bytes_left > 0:
                hear(line)
            elif before > 0:
                hear("(what else was said is not kept)")

        return take

    async def _watch(self) -> None:
        bound = self._bounds.folder_bytes
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if await asyncio.to_thread(_filled, self.folder) > bound:
                raise PlatformError(
                    "too_large", f"packages fill more than {bound >> 20} MB while they are installed: leave some out"
                )


def _spoiled(name: str) -> PlatformError:
    return PlatformError("invalid", f"An installed package has spoiled the install: {name} is not what it should be")


async def finish(act: Callable[..., object], *arguments: object) -> None:
    """Do this in a thread to its end, also when whoever waits is cancelled meanwhile."""
    done = asyncio.create_task(asyncio.to_thread(act, *arguments))
    try:
        await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait({done})
        raise


def _filled(folder: Path) -> int:
    """Bytes in all files of a folder that changes meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total
