"""Packages are installed once per set of exact versions, from the operator's registries alone, by the real npm and pip.

Nothing here can reach anything but loopback: every registry is named, and the proxy for all else is a closed port.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from gettone.control.archives import ArchiveBounds
from gettone.control.bundles import Installed, PackagesRequest
from gettone.control.packages import Installer, PackageSettings
from gettone.control.registries import NpmRegistry, PythonIndex, Registries
from gettone.control.workbench import NOBODY, WorkBounds
from gettone.gateway.packages import Packages as UnpackedPackages
from gettone.model.builds import Dependency
from gettone.model.errors import PlatformError
from gettone.sandbox.node import node_binary
from gettone.store.interface import Store
from tests.processes import is_gone
from tests.registry import INDEX_PASSWORD, INDEX_USER, NPM_TOKEN, Registry, registry
from tests.stores import sqlite_memory

pytestmark = pytest.mark.anyio

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    """The loop of the control process."""
    return "asyncio"


@dataclass
class Rig:
    """A registry, a store and an installer between them. `log` is all that was said."""

    registry: Registry
    store: Store
    installer: Installer
    work: Path
    unpacked: UnpackedPackages
    now: datetime = START
    log: list[str] = field(default_factory=list)

    async def install(self, *names: str, requirements: tuple[str, ...] = ()) -> Installed:
        """Install npm packages, named as `name@range`, and Python ones."""
        pairs = [name.rpartition("@") for name in names]
        wanted = tuple(Dependency(name, version) for name, _, version in pairs)
        return await self.installer.install(PackagesRequest(wanted, requirements), self.log.append)

    async def unpack(self, digest: str | None, name: str, folder: Path) -> Path:
        """A bundle as a gateway has it."""
        assert digest is not None
        archive = folder / f"{digest}.{name}.archive"
        async with self.store.reading() as tx:
            archive.write_bytes(b"".join([piece async for piece in tx.blobs.pieces(digest)]))
        return self.unpacked.unpack(digest, name, archive)

    def said(self) -> str:
        """The whole log."""
        return "\n".join(self.log)

    def left_over(self) -> list[str]:
        """What lies where installs work."""
        return [str(path) for path in self.work.glob("*/*")]


def registries_of(serving: Registry) -> Registries:
    """All parts of a registry, with credentials, and no way to anywhere else."""
    return Registries(
        npm=(NpmRegistry(serving.url("npm")), NpmRegistry(serving.url("npm-locked"), "@acme", token=NPM_TOKEN)),
        python=(PythonIndex(serving.url("simple")), PythonIndex(serving.url("locked"), INDEX_USER, INDEX_PASSWORD)),
        proxy=serving.closed,
        no_proxy="127.0.0.1",
    )


@asynccontextmanager
async def rig(
    folder: Path,
    *,
    scripts: bool = False,
    change: Callable[[Registries, Registry], Registries] = lambda one, _: one,
    **more: object,
) -> AsyncIterator[Rig]:
    """A rig whose installs work in a folder of the test's own."""
    with registry() as serving, tempfile.TemporaryDirectory(prefix="gettone-test-") as place:
        # As root, installs work as nobody, who has to pass through.
        work = Path(place)
        os.chmod(work, 0o711)
        registries = change(registries_of(serving), serving)
        settings = PackageSettings(lambda: registries, scripts=scripts, folder=work)
        async with sqlite_memory() as store:
            unpacked = UnpackedPackages(folder / "unpacked", lambda: 0.0)
            unpacked.open()
            installer = Installer(store, lambda: made.now, replace(settings, **more))  # type: ignore[arg-type]
            made = Rig(serving, store, installer, work, unpacked)
            try:
                yield made
            finally:
                await made.installer.close()


async def test_npm_packages_are_there_with_what_they_need(tmp_path: Path) -> None:
    """A dependency's dependency too, each in a version that fits; what was asked for is told by exact version."""
    async with rig(tmp_path) as here:
        installed = await here.install("greeter@^2.0.0")
        modules = await here.unpack(installed.node_bundle, "node_modules", tmp_path)

        assert installed.resolved == (Dependency("greeter", "2.0.0"),)
        assert installed.python_bundle is None
        assert "left-pad" in (modules / "greeter" / "index.js").read_text()
        assert '"version": "1.3.0"' in (modules / "left-pad" / "package.json").read_text()
        assert os.readlink(modules / ".bin" / "pad") == "../left-pad/bin.js"
        # npm's own note of which addresses everything came from.
        assert not (modules / ".package-lock.json").exists()


async def test_python_packages_are_there_compiled_with_what_they_need(tmp_path: Path) -> None:
    """Wheels, their requirements, and byte code that is used whatever the time of the source."""
    async with rig(tmp_path) as here:
        installed = await here.install(requirements=("wordy>=1", "plain  # a comment"))
        packages = await here.unpack(installed.python_bundle, "site-packages", tmp_path)

        assert installed.resolved == (Dependency("wordy", "2.0"), Dependency("plain", "1.1"))
        assert installed.node_bundle is None
        assert (packages / "plain.py").read_text() == "greeting = 'hello'\n"
        compiled = next((packages / "__pycache__").glob("plain.*.pyc")).read_bytes()
        assert compiled[4:8] == b"\x01\0\0\0", "PEP 552: by hash, and not checked"
        assert not (packages / "bin").exists(), "programs for a shell name this machine's interpreter"


async def test_both_languages_in_one_build(tmp_path: Path) -> None:
    """Two bundles, and the versions of both in the order in which they were asked for."""
    async with rig(tmp_path) as here:
        installed = await here.install("left-pad@1.0.0", requirements=("plain==1.0",))

        assert installed.resolved == (Dependency("left-pad", "1.0.0"), Dependency("plain", "1.0"))
        assert None not in (installed.node_bundle, installed.python_bundle)


async def test_equal_versions_are_installed_once(tmp_path: Path) -> None:
    """Another range that comes to the same versions: the same bundle, and no package is fetched again."""
    async with rig(tmp_path) as here:
        first = await here.install("left-pad@^1.0.0", requirements=("plain",))
        here.registry.asked.clear()
        here.now += timedelta(days=1)
        second = await here.install("left-pad@1.3.0", requirements=("plain>=1.1",))
        async with here.store.reading() as tx:
            kept = await tx.bundles.all()

        assert (second.node_bundle, second.python_bundle) == (first.node_bundle, first.python_bundle)
        assert not [path for path in here.registry.asked if path.endswith(".tgz")]
        assert "are here already" in here.said()
        assert {bundle.created_at for bundle in kept} == {START}
        assert {bundle.used_at for bundle in kept} == {here.now}, "or it would be pruned before its build is written"


async def test_a_bundle_whose_content_is_gone_is_made_anew(tmp_path: Path) -> None:
    """Its row alone is no bundle."""
    async with rig(tmp_path) as here:
        first = await here.install("left-pad@1.3.0")
        async with here.store.writing() as tx:
            await tx.bundles.update(replace((await tx.bundles.all())[0], digest="0" * 64))
        second = await here.install("left-pad@1.3.0")
        async with here.store.reading() as tx:
            kept = await tx.bundles.all()

        assert [bundle.digest for bundle in kept] == [second.node_bundle] == [first.node_bundle]


async def test_two_builds_of_one_set_at_once_agree(tmp_path: Path) -> None:
    """Both have the bundle that was kept first."""
    async with rig(tmp_path) as here:
        one, other = await asyncio.gather(here.install("greeter@2.0.0"), here.install("greeter@2"))

        assert one.node_bundle == other.node_bundle


async def test_private_packages_come_with_the_operators_credentials_which_show_nowhere(tmp_path: Path) -> None:
    """Not in the log, not in a bundle, and not in what any process of this machine was started with meanwhile."""
    secrets = [NPM_TOKEN, INDEX_PASSWORD, quote(INDEX_PASSWORD, safe="")]
    at_these = [
        "/npm-locked/@acme/secret",
        "/npm-locked/@acme/secret/-/secret-1.0.0.tgz",
        "/locked/hidden/",
        "/locked/files/hidden-1.0-py3-none-any.whl",
    ]
    started: list[set[bytes]] = []

    async with rig(tmp_path) as here:
        work = asyncio.create_task(here.install("@acme/secret@1.0.0", requirements=("hidden==1.0",)))
        for path in at_these:
            with here.registry.hold(path) as held:
                await held.reached()
                started.append(_processes())
        installed = await work
        modules = await here.unpack(installed.node_bundle, "node_modules", tmp_path)
        packages = await here.unpack(installed.python_bundle, "site-packages", tmp_path)
        files = [path.read_bytes() for top in (modules, packages) for path in top.rglob("*") if path.is_file()]

        assert (modules / "@acme" / "secret" / "index.js").exists()
        assert (packages / "hidden.py").exists()
        # npm gives itself a title in the place of its command line.
        for seen, words in zip(started, (b"npm install", b"npm ci", b"pip\0install", b"pip\0install"), strict=True):
            assert any(words in each for each in seen), "it was seen while it ran"
        for secret in secrets:
            assert secret not in here.said()
            assert not [words for seen in started for words in seen if secret.encode() in words]
            assert not [content for content in files if secret.encode() in content]


def _processes() -> set[bytes]:
    """Command line and environment of every process, as far as they can be read."""
    found: set[bytes] = set()
    for process in Path("/proc").glob("[0-9]*"):
        # This test holds the secrets itself.
        if process.name != str(os.getpid()):
            for name in ("cmdline", "environ"):
                try:
                    found.add((process / name).read_bytes())
                except OSError:
                    continue
    return found


async def test_wrong_credentials_are_told_apart_from_a_missing_package(tmp_path: Path) -> None:
    """It is the operator who can mend it, and no credentials are shown."""
    wrong = "another-token"

    def change(right: Registries, serving: Registry) -> Registries:
        return replace(
            right,
            npm=(NpmRegistry(serving.url("npm-locked"), token=wrong),),
            python=(PythonIndex(serving.url("locked"), "reader", wrong),),
        )

    async with rig(tmp_path, change=change) as here:
        with pytest.raises(PlatformError, match="other credentials") as npm:
            await here.install("@acme/secret@1.0.0")
        with pytest.raises(PlatformError, match="other credentials") as pip:
            await here.install(requirements=("hidden",))

        assert (npm.value.code, pip.value.code) == ("invalid", "invalid")
        assert wrong not in here.said()


async def test_install_scripts_do_not_run_and_the_log_says_so(tmp_path: Path) -> None:
    """The package is there all the same, untouched."""
    async with rig(tmp_path) as here:
        installed = await here.install("scripted@1.0.0")
        modules = await here.unpack(installed.node_bundle, "node_modules", tmp_path)

        assert not (modules / "scripted" / "ran.json").exists()
        assert "Install scripts are off: those of scripted 1.0.0 do not run" in here.said()


async def test_allowed_install_scripts_run_without_any_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the host's environment, and the registry's credentials are gone by then."""
    monkeypatch.setenv("AUTH_TOKEN_OF_THE_HOST", "a secret of the host")
    async with rig(tmp_path, scripts=True) as here:
        installed = await here.install("scripted@1.0.0", "@acme/secret@1.0.0")
        modules = await here.unpack(installed.node_bundle, "node_modules", tmp_path)
        told = (modules / "scripted" / "ran.json").read_text()
        said = json.loads(told)

        assert said["npmrc"] is None
        assert said["environment"]["HOME"].startswith(str(here.work))
        assert "secret of the host" not in told
        assert NPM_TOKEN not in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
async def test_root_installs_as_nobody(tmp_path: Path) -> None:
    """Where nobody can run node and reach the folder where installs work."""
    if not _nobody_can_run(node_binary()):
        pytest.skip("nobody cannot read this checkout")
    async with rig(tmp_path, scripts=True) as here:
        installed = await here.install("scripted@1.0.0")
        modules = await here.unpack(installed.node_bundle, "node_modules", tmp_path)

        assert json.loads((modules / "scripted" / "ran.json").read_text())["uid"] == NOBODY


def _nobody_can_run(program: Path) -> bool:
    try:
        return (
            subprocess.run([program, "--version"], user=NOBODY, stdout=subprocess.DEVNULL, check=False).returncode == 0
        )
    except OSError:
        return False


async def test_source_distributions_are_built_where_the_operator_allows_it(tmp_path: Path) -> None:
    """Building runs the author's program. Without leave there is no such package, and the sentence says why."""
    async with rig(tmp_path) as here:
        with pytest.raises(PlatformError, match="Only wheels are installed") as refused:
            await here.install(requirements=("built",))
        assert refused.value.code == "invalid"
    async with rig(tmp_path, scripts=True) as here:
        installed = await here.install(requirements=("built",))
        packages = await here.unpack(installed.python_bundle, "site-packages", tmp_path)

        assert (packages / "built.py").read_text() == "made_from_source = True\n"


MISSING = [
    (("left-pad@99",), (), "No matching version found for left-pad@99"),
    (("nowhere@^1.0.0",), (), "nowhere@^1.0.0 is not in the registry"),
    ((), ("plain==9",), "No matching distribution found for plain==9"),
    ((), ("nowhere",), "No matching distribution found for nowhere"),
    (("astray@1.0.0",), (), "Refusing to fetch"),
    ((), ("astray",), "gone 1.0 comes from an address that another package names"),
]


@pytest.mark.parametrize(("names", "requirements", "words"), MISSING)
async def test_what_cannot_be_had_is_named(
    names: tuple[str, ...], requirements: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """In Twilio's words; the log has the tool's own; nothing is kept, and the folder is gone."""
    async with rig(tmp_path) as here:
        with pytest.raises(PlatformError) as refused:
            await here.install(*names, requirements=requirements)
        async with here.store.reading() as tx:
            kept = await tx.bundles.all()

        assert refused.value.code == "invalid"
        assert refused.value.message.startswith(f"Some dependencies could not be validated. {words}")
        assert len(here.log) > 1
        assert str(here.work) not in here.said()
        assert not kept
        assert here.left_over() == []


NOT_FROM_A_REGISTRY = [
    "file:..",
    "../x",
    "git+https://127.0.0.1/x.git",
    "somebody/repository",
    "https://127.0.0.1/x.tgz",
]


@pytest.mark.parametrize("version", NOT_FROM_A_REGISTRY)
async def test_npm_takes_nothing_but_packages_of_a_registry(version: str, tmp_path: Path) -> None:
    """A folder of this machine, a repository or an address is refused before anything is asked for."""
    async with rig(tmp_path) as here:
        with pytest.raises(PlatformError, match=r"left-pad: .* are not installed") as refused:
            await here.install(f"left-pad@{version}")

        assert refused.value.code == "invalid"
        assert here.registry.asked == []


async def test_a_registry_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    """It is nobody's mistake, and worth another try."""

    def change(right: Registries, serving: Registry) -> Registries:
        return replace(right, npm=(NpmRegistry(serving.closed),), python=(PythonIndex(serving.closed),))

    async with rig(tmp_path, change=change) as here:
        with pytest.raises(PlatformError, match="npm registry does not answer") as npm:
            await here.install("left-pad@1.3.0")
        with pytest.raises(PlatformError, match="Python index does not answer") as pip:
            await here.install(requirements=("plain",))

        assert (npm.value.code, pip.value.code) == ("unavailable", "unavailable")


async def test_nothing_but_the_operators_registries_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment and the user's files say to npm and pip does not count once registries are given."""
    with registry() as other:
        monkeypatch.setenv("npm_config_registry", other.url("npm"))
        monkeypatch.setenv("PIP_INDEX_URL", other.url("simple"))
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", other.url("simple"))
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".npmrc").write_text(f"registry={other.url('npm')}\n")
        async with rig(tmp_path) as here:
            await here.install("left-pad@1.3.0", requirements=("plain",))

        assert other.asked == []


@pytest.mark.parametrize(
    ("names", "requirements", "path"), [(("left-pad@1",), (), "/npm/left-pad"), ((), ("plain",), "/simple/plain/")]
)
async def test_cancelled_it_ends_all_that_it_started(
    names: tuple[str, ...], requirements: tuple[str, ...], path: str, tmp_path: Path
) -> None:
    """In the middle of a download: no process is left, and no folder."""
    async with rig(tmp_path) as here:
        with here.registry.hold(path) as held:
            work = asyncio.create_task(here.install(*names, requirements=requirements))
            await held.reached()
            tree = _working_in(here.work)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work

            assert tree
            assert all([await asyncio.to_thread(is_gone, pid) for pid in tree])
            assert here.left_over() == []


async def test_what_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """With a sentence that says so."""
    async with rig(tmp_path, work=WorkBounds(seconds=1.5)) as here:
        with here.registry.hold("/npm/left-pad"), pytest.raises(PlatformError, match="Installing took longer") as late:
            await here.install("left-pad@1.3.0")

        assert late.value.code == "unavailable"
        assert here.left_over() == []


async def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    """Bounded by what lies unpacked in the bundle."""
    async with rig(tmp_path, archive=ArchiveBounds(bytes=100)) as here:
        with pytest.raises(PlatformError, match="leave some out") as large:
            await here.install("greeter@2.0.0")
        async with here.store.reading() as tx:
            kept = await tx.bundles.all()

        assert large.value.code == "too_large"
        assert not kept
        assert here.left_over() == []


async def test_gettone_itself_is_not_installed(tmp_path: Path) -> None:
    """Projects list it for their editors; a guest has it. Nothing is left to install, so no index is asked."""
    async with rig(tmp_path) as here:
        installed = await here.install(requirements=("gettone>=0.1",))

        assert installed == Installed(None, None, ())
        assert here.registry.asked == []


def _working_in(folder: Path) -> list[int]:
    """Processes whose working folder lies in this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").startswith(str(folder)):
                found.append(int(process.name))
        except OSError:
            continue
    return found
