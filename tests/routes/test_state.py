"""What is kept, as what is published: complete, in one order, and refused where it could not be served."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from gettone.model.assets import AssetVersion
from gettone.model.builds import BuildStatus
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionVersion, Language, Visibility
from gettone.model.services import ServiceSettings
from gettone.model.sids import EnvironmentSid
from gettone.model.variables import Variables
from gettone.routes.codec import encode_segment
from gettone.routes.state import EnvironmentState, SegmentBounds, compile_segment, compile_segments
from tests.routes.samples import BUILD_SID, make_asset, make_function, make_state

BOUNDS = SegmentBounds()


def refusal(state: EnvironmentState, bounds: SegmentBounds = BOUNDS) -> PlatformError:
    """Why a state is not published."""
    with pytest.raises(PlatformError) as caught:
        compile_segment(state, bounds)
    return caught.value


def test_function_gets_its_source_and_its_place() -> None:
    """Error messages name the one, workers read the other."""
    state = make_state(
        make_function("/a/b", extension=".mjs"), make_function("/c", extension=".py", language=Language.PYTHON)
    )

    entries = compile_segment(state, BOUNDS).functions

    assert [(each.source, each.file) for each in entries] == [
        ("functions/a/b.mjs", "handlers/a/b.mjs"),
        ("functions/c.py", "handlers/c.py"),
    ]


def test_asset_lies_where_its_path_says_whatever_its_visibility() -> None:
    """Handlers find a private asset by its path."""
    state = make_state(make_asset("/data/list.json", visibility=Visibility.PRIVATE))

    entry = compile_segment(state, BOUNDS).assets[0]

    assert (entry.source, entry.file, entry.visibility) == (
        "assets/data/list.json",
        "files/data/list.json",
        Visibility.PRIVATE,
    )


def test_path_of_a_slash_alone_has_a_file() -> None:
    """The API allows it for functions and assets."""
    segment = compile_segment(make_state(make_function("/")), BOUNDS)

    assert segment.functions[0].file == "handlers/__root__.js"
    assert segment.functions[0].path == "/"


def test_order_of_what_is_kept_does_not_change_the_segment() -> None:
    """Equal states have equal bytes, so nothing is published twice."""
    versions: list[FunctionVersion | AssetVersion] = [
        make_function("/b"),
        make_function("/a"),
        make_asset("/d"),
        make_asset("/c"),
    ]

    written = {
        encode_segment(compile_segment(make_state(*order, hosts=hosts), BOUNDS))
        for order in itertools.permutations(versions)
        for hosts in (("x.org", "a.org"), ("a.org", "x.org"))
    }

    assert len(written) == 1


def test_whole_number_of_seconds_is_written_as_any_other() -> None:
    """10 equals 10.0: the bytes must, too."""
    whole = make_state(settings=ServiceSettings(timeout_seconds=10))
    real = make_state(settings=ServiceSettings(timeout_seconds=10.0))

    assert encode_segment(compile_segment(whole, BOUNDS)) == encode_segment(compile_segment(real, BOUNDS))


def test_own_label_comes_first_among_the_hosts() -> None:
    """`domain_name` is what a handler sees. It is not there twice."""
    segment = compile_segment(make_state(hosts=("b.org", "a.org", "quickstart-1234.localhost")), BOUNDS)

    assert segment.domain_name == "quickstart-1234.localhost"
    assert segment.hosts == ("quickstart-1234.localhost", "a.org", "b.org")


@pytest.mark.parametrize(
    "versions",
    [
        (make_function("/a"), make_function("/a", extension=".py")),
        (make_function("/a"), make_asset("/a")),
        (make_asset("/a"), make_asset("/a", visibility=Visibility.PRIVATE)),
    ],
    ids=["functions", "function and asset", "assets"],
)
def test_two_things_at_one_path_are_refused(versions: tuple[FunctionVersion | AssetVersion, ...]) -> None:
    """The message names both and says what to do."""
    refused = refusal(make_state(*versions))

    assert refused.code == "conflict"
    assert "served at /a" in refused.message
    assert refused.evidence["build_sid"] == BUILD_SID


@pytest.mark.parametrize(
    "versions",
    [
        (make_function("/a"), make_function("/a.js/b")),
        (make_asset("/a", visibility=Visibility.PRIVATE), make_asset("/a/b/c", visibility=Visibility.PRIVATE)),
    ],
    ids=["functions", "assets"],
)
def test_file_inside_a_file_is_refused(versions: tuple[FunctionVersion | AssetVersion, ...]) -> None:
    """A gateway could not write it."""
    refused = refusal(make_state(*versions))

    assert refused.code == "conflict"
    assert "as file and as folder" in refused.message


def test_two_functions_that_would_lie_in_one_file_are_refused() -> None:
    """Only the root's own name can do that."""
    refused = refusal(make_state(make_function("/"), make_function("/__root__")))

    assert "lie at handlers/__root__.js" in refused.message


def test_public_assets_may_lie_inside_each_other() -> None:
    """They are sent from where they are kept, and lie in no folder."""
    segment = compile_segment(make_state(make_asset("/a"), make_asset("/a/b")), BOUNDS)

    assert [asset.path for asset in segment.assets] == ["/a", "/a/b"]


@pytest.mark.parametrize("path", ["", "a", "/../etc/passwd", "/a/../../b", "/a//b", "/a/", "/.", "/a\0b", "/a\\..\\b"])
def test_path_that_leads_elsewhere_is_refused(path: str) -> None:
    """Whoever let it in: a gateway writes files by these names."""
    versions: tuple[FunctionVersion | AssetVersion, ...] = (make_function(path), make_asset(path))
    for version in versions:
        assert refusal(make_state(version)).code == "invalid"


def test_build_that_is_not_completed_is_refused() -> None:
    """Also where an environment names it already."""
    assert "completed" in refusal(make_state(status=BuildStatus.BUILDING)).message


def test_build_that_the_environment_does_not_name_is_refused() -> None:
    """A slip of a use case must not publish another build."""
    state = make_state()

    refused = refusal(replace(state, environment=replace(state.environment, build_sid=None)))

    assert refused.code == "invalid"


def test_too_many_routes_are_refused() -> None:
    """With both figures."""
    state = make_state(*(make_function(f"/f{number}") for number in range(6)))

    refused = refusal(state, SegmentBounds(routes=5))

    assert refused.code == "too_large"
    assert "6 functions and assets, an environment serves 5" in refused.message


@pytest.mark.parametrize(("length", "fits"), [(3072 - 8, True), (3072 - 7, False)])
def test_variables_fill_their_bound_exactly(length: int, fits: bool) -> None:
    """As JSON: {"A":"…"} has eight bytes beside the value."""
    state = make_state(variables=Variables({"A": "x" * length}))

    if fits:
        assert compile_segment(state, BOUNDS).variables["A"]
    else:
        assert "3073 bytes as JSON" in refusal(state).message


def test_variable_that_is_no_text_is_refused_without_its_value() -> None:
    """No process can be given half a surrogate pair."""
    refused = refusal(make_state(variables=Variables({"A": "hunter2\ud800"})))

    assert refused.code == "invalid"
    assert "hunter2" not in refused.message


def test_two_environments_with_one_host_are_refused() -> None:
    """The message names the host and both."""
    other = EnvironmentSid("ZE" + "9" * 32)
    states = [
        make_state(hosts=("api.example.com",)),
        make_state(environment_sid=other, domain_name="other-1", hosts=("api.example.com",)),
    ]

    with pytest.raises(PlatformError, match=rf"api\.example\.com.*{other}") as caught:
        compile_segments(states, BOUNDS)

    assert caught.value.code == "conflict"


def test_segments_come_in_the_order_of_their_sids() -> None:
    """Whatever the order of the states."""
    first, last = EnvironmentSid("ZE" + "0" * 32), EnvironmentSid("ZE" + "9" * 32)
    states = [make_state(environment_sid=last, domain_name="b"), make_state(environment_sid=first, domain_name="a")]

    assert [segment.environment_sid for segment in compile_segments(states, BOUNDS)] == [first, last]
