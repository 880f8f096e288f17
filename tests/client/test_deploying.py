"""What a deploy does: which files it uploads, which build it takes, what it leaves as it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import pytest

from gettone.client.deploying import DeployPlan, KnownBuild, LocalFile, LocalProject, Standing, plan_deploy
from gettone.client.importing import FileKind, Place
from gettone.client.services import RemoteBounds
from gettone.client.versions import RemoteContent
from gettone.model.builds import BuildStatus, Dependency
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility
from gettone.model.variables import Variables

PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
FUNCTION, ASSET = FileKind.FUNCTION, FileKind.ASSET


@dataclass(frozen=True, slots=True)
class Text:
    """Content that is there."""

    text: str

    def read(self) -> bytes:
        """The content."""
        return self.text.encode()


def digest(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def local(path: str, text: str = "a", kind: FileKind = FUNCTION, form: str = ".py") -> LocalFile:
    """A file of a project."""
    return LocalFile(Place(kind, path, PUBLIC), digest(text), form, "f", "text/plain", f"functions{path}", Text(text))


def there(
    sid: str, path: str, text: str = "a", kind: FileKind = FUNCTION, form: str = ".py", visibility: Visibility = PUBLIC
) -> tuple[FileKind, RemoteContent]:
    """A version of a service."""
    return kind, RemoteContent(sid, f"ZH{sid}", path, visibility, digest(text), form)


def build(sid: str, *versions: str, status: BuildStatus = BuildStatus.COMPLETED) -> KnownBuild:
    """A build of the service."""
    return KnownBuild(sid, status, frozenset(versions), (), (), "node24")


def uploads(plan: DeployPlan) -> list[str]:
    """The paths of what is uploaded."""
    return [each.place.path for each in plan.uploads]


def test_into_nothing_everything_is_uploaded_and_built() -> None:
    """Variables are set, and it is deployed."""
    project = LocalProject((local("/a"), local("/b")), variables=Variables({"A": "1"}))
    plan = plan_deploy(project, Standing())

    assert uploads(plan) == ["/a", "/b"]
    assert (plan.build_sid, plan.is_live, plan.variables, plan.is_nothing) == (None, False, ("A",), False)


def test_what_is_live_already_is_left_alone() -> None:
    """Also where an equal version was uploaded later."""
    standing = Standing(
        contents=(there("ZN9", "/a"), there("ZN1", "/a")),
        live=build("ZB1", "ZN1"),
        variables={"A": "1", "OTHER": "kept"},
    )
    plan = plan_deploy(LocalProject((local("/a"),), variables=Variables({"A": "1"})), standing)

    assert plan.is_nothing
    assert (plan.build_sid, uploads(plan)) == ("ZB1", [])


def test_what_broke_off_goes_on_from_there() -> None:
    """What was uploaded is not sent again, whether it was built or not; what was built is not built again."""
    project = LocalProject((local("/a"), local("/b")))
    half = Standing(contents=(there("ZN1", "/a"),))
    whole = Standing(
        contents=(there("ZN1", "/a"), there("ZN2", "/b")),
        builds=(build("ZB3", "ZN1"), build("ZB2", "ZN1", "ZN2", status=BuildStatus.BUILDING)),
    )

    assert uploads(plan_deploy(project, half)) == ["/b"]
    assert (plan_deploy(project, whole).build_sid, plan_deploy(project, whole).is_live) == ("ZB2", False)


@pytest.mark.parametrize(
    "other",
    [
        there("ZN1", "/b"),
        there("ZN1", "/a", "b"),
        there("ZN1", "/a", form=".js"),
        there("ZN1", "/a", visibility=PRIVATE),
        there("ZN1", "/a", kind=ASSET),
    ],
)
def test_what_differs_in_anything_is_uploaded(other: tuple[FileKind, RemoteContent]) -> None:
    """Path, content, extension, visibility, kind."""
    assert uploads(plan_deploy(LocalProject((local("/a"),)), Standing(contents=(other,)))) == ["/a"]


def test_a_build_that_failed_or_has_other_packages_is_not_taken() -> None:
    """Nor one of another runtime than is asked for; a version that is left out is any version."""
    live = build("ZB1", "ZN1")
    standing = Standing(contents=(there("ZN1", "/a"),), live=live, builds=(live,))
    project = LocalProject((local("/a"),))
    lodash = replace(live, dependencies=(Dependency("lodash", "*"),))
    wanted = replace(project, dependencies=(Dependency("lodash", ""),))
    failed = replace(standing, live=None, builds=(replace(live, status=BuildStatus.FAILED),))

    assert plan_deploy(project, failed).build_sid is None
    assert plan_deploy(wanted, standing).build_sid is None
    assert plan_deploy(wanted, replace(standing, live=lodash)).is_live
    assert plan_deploy(replace(project, requirements=("a==1",)), standing).build_sid is None
    assert plan_deploy(replace(project, runtime="node22"), standing).build_sid is None
    assert plan_deploy(replace(project, runtime="node24"), standing).is_live


def test_variables_and_bounds_change_without_a_deployment() -> None:
    """Values that may not be seen are sent, and are told apart; what is not in the project stays."""
    standing = Standing(
        contents=(there("ZN1", "/a"),),
        live=build("ZB1", "ZN1"),
        variables={"A": "1", "B": None, "C": "3"},
        bounds=RemoteBounds(1, 10, 10.0),
    )
    project = LocalProject((local("/a"),), variables=Variables({"A": "2", "B": "2", "C": "3"}))
    plan = plan_deploy(replace(project, bounds=RemoteBounds(5, 10, 10.0)), standing)
    same = plan_deploy(replace(project, bounds=RemoteBounds(1, 10, 10.0)), standing)

    assert (plan.is_live, plan.variables, plan.unseen) == (True, ("A", "B"), ("B",))
    assert plan.bounds == RemoteBounds(5, 10, 10.0)
    assert same.bounds is None


def test_what_is_live_and_not_in_the_project_goes() -> None:
    """It is told by its path."""
    standing = Standing(contents=(there("ZN1", "/a"), there("ZN2", "/b")), live=build("ZB1", "ZN1", "ZN2"))
    plan = plan_deploy(LocalProject((local("/a"),)), standing)

    assert (plan.removed, plan.is_live, uploads(plan)) == (("/b",), False, [])


def test_nothing_at_all_is_refused() -> None:
    """Twilio refuses an empty build with fewer words."""
    with pytest.raises(PlatformError, match="nothing to deploy"):
        plan_deploy(LocalProject(()), Standing())
