"""Segments and manifests as bytes: what is written is read again, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.accounts import AccountStatus
from gettone.model.errors import PlatformError
from gettone.model.services import ServiceSettings
from gettone.model.variables import Variables
from gettone.routes.codec import (
    SEGMENT_BYTES_MAX,
    decode_manifest,
    decode_segment,
    encode_manifest,
    encode_segment,
)
from gettone.routes.segment import AccountSegment, EnvironmentSegment, Manifest
from tests.routes.samples import ACCOUNT, ENVIRONMENT, MANIFEST

CASES = Path(__file__).parent / "cases"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
SIZES = st.integers(0, 2**40)
# What a clock tells has whole microseconds.
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VARIABLES = st.dictionaries(TEXTS, TEXTS, max_size=5).map(Variables)
SETTINGS = st.builds(ServiceSettings, st.integers(1, 9), st.integers(1, 9), st.floats(0.1, 300))
ENTRIES = {"digest": DIGESTS, "size_bytes": SIZES, "path": TEXTS, "source": TEXTS, "file": TEXTS}
ENVIRONMENTS = st.builds(
    replace,
    st.just(ENVIRONMENT),
    domain_name=TEXTS,
    hosts=st.lists(TEXTS, max_size=3).map(tuple),
    functions=st.lists(st.builds(replace, st.just(ENVIRONMENT.functions[0]), **ENTRIES), max_size=3).map(tuple),
    assets=st.lists(st.builds(replace, st.just(ENVIRONMENT.assets[0]), **ENTRIES), max_size=3).map(tuple),
    variables=VARIABLES,
    settings=SETTINGS,
    node_bundle=st.none() | DIGESTS,
)
KEYS = st.builds(
    replace,
    st.just(ACCOUNT.keys[0]),
    secret=TEXTS,
    previous_secret=st.none() | TEXTS,
    previous_until=st.none() | TIMES,
)
ACCOUNTS = st.builds(
    replace,
    st.just(ACCOUNT),
    status=st.sampled_from(AccountStatus),
    auth_tokens=st.lists(TEXTS, max_size=2).map(tuple),
    keys=st.lists(KEYS, max_size=3).map(tuple),
)
MANIFESTS = st.builds(
    replace,
    st.just(MANIFEST),
    revision=st.integers(1, 2**53),
    made_at=TIMES,
    segments=st.lists(st.builds(replace, st.just(MANIFEST.segments[0]), owner=TEXTS, digest=DIGESTS), max_size=3).map(
        tuple
    ),
)


@pytest.mark.parametrize(("name", "segment"), [("environment", ENVIRONMENT), ("account", ACCOUNT)])
def test_segment_is_written_as_it_was_at_the_first_release(
    name: str, segment: EnvironmentSegment | AccountSegment
) -> None:
    """A gateway's disk holds what an older version wrote: a change of the bytes is a change of the format."""
    kept = (CASES / f"{name}.json").read_bytes()

    assert encode_segment(segment) == kept
    assert decode_segment(kept) == segment


def test_manifest_is_written_as_it_was_at_the_first_release() -> None:
    """As for segments."""
    kept = (CASES / "manifest.json").read_bytes()

    assert encode_manifest(MANIFEST) == kept
    assert decode_manifest(kept) == MANIFEST


@given(ENVIRONMENTS | ACCOUNTS)
def test_segment_is_read_as_it_was_written(segment: EnvironmentSegment | AccountSegment) -> None:
    """Nothing is lost, and what is read is written as the same bytes again."""
    written = encode_segment(segment)

    assert decode_segment(written) == segment
    assert encode_segment(decode_segment(written)) == written


@given(MANIFESTS)
def test_manifest_is_read_as_it_was_written(manifest: Manifest) -> None:
    """Nothing is lost."""
    assert decode_manifest(encode_manifest(manifest)) == manifest


def test_order_of_variables_does_not_change_the_bytes() -> None:
    """Equal values have equal bytes: otherwise a republication would change every digest."""
    forward = replace(ENVIRONMENT, variables=Variables({"A": "1", "B": "2"}))
    backward = replace(ENVIRONMENT, variables=Variables({"B": "2", "A": "1"}))

    assert encode_segment(forward) == encode_segment(backward)


def changed(name: str, **changes: Any) -> bytes:
    """A golden file with something else in it."""
    read = json.loads((CASES / f"{name}.json").read_bytes())
    inner = read["manifest" if name == "manifest" else "segment"]
    (read if set(changes) & set(read) else inner).update(changes)
    return json.dumps(read).encode()


@pytest.mark.parametrize("number", [0, 2, 99])
def test_another_format_is_refused_with_what_to_do(number: int) -> None:
    """Two versions of Gettone on one feed: the message says so, whatever else changed."""
    with pytest.raises(PlatformError, match=f"format {number}.*one version of Gettone") as caught:
        decode_segment(changed("environment", format=number, kind="new"))

    assert caught.value.code == "invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "manifest"},
        {"account_sid": 5},
        {"functions": None},
        {"functions": {}},
        {"variables": {"A": 1}},
        {"variables": ["A"]},
        {"hosts": "localhost"},
        {"node_bundle": "../../etc/passwd"},
        {"node_bundle": "A" * 64},
        {"node_bundle": "a" * 64 + "\n"},
        {"settings": {"concurrency": "1"}},
    ],
    ids=str,
)
def test_segment_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    """Types are strict, and a digest is nothing but a digest."""
    with pytest.raises(PlatformError) as caught:
        decode_segment(changed("environment", **changes))

    assert caught.value.code == "invalid"


@pytest.mark.parametrize(
    "data", [b"", b"null", b"{", b'{"format":"1"}', b"\xff\xfe", b"[" * 100_000, b'{"kind":"account"}']
)
def test_garbage_is_refused(data: bytes) -> None:
    """What is no segment is an error of ours, not of the parser."""
    with pytest.raises(PlatformError):
        decode_segment(data)
    with pytest.raises(PlatformError):
        decode_manifest(data)


def test_manifest_with_a_revision_below_one_is_refused() -> None:
    """0 means none."""
    with pytest.raises(PlatformError):
        decode_manifest(changed("manifest", revision=0))


def test_segment_over_its_bound_is_neither_written_nor_read() -> None:
    """A frame of the feed has room for each segment."""
    large = replace(ENVIRONMENT, variables=Variables({"A": "x" * SEGMENT_BYTES_MAX}))

    with pytest.raises(PlatformError) as written:
        encode_segment(large)
    with pytest.raises(PlatformError) as read:
        decode_segment(b" " * (SEGMENT_BYTES_MAX + 1))

    assert (written.value.code, read.value.code) == ("too_large", "too_large")


def test_what_cannot_be_read_is_not_told() -> None:
    """An error goes to the log; what it is about may be a secret."""
    with pytest.raises(PlatformError) as caught:
        decode_segment(changed("environment", variables={"API_SECRET": ["hunter2"]}))

    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_half_a_surrogate_pair_is_refused() -> None:
    """It has no UTF-8. The message names no value."""
    with pytest.raises(PlatformError, match="surrogate") as caught:
        encode_segment(replace(ENVIRONMENT, variables=Variables({"A": "secret\ud800"})))

    assert "secret" not in caught.value.message


def test_secrets_do_not_show_in_a_repr() -> None:
    """A segment may end in a log by mistake."""
    shown = repr(ACCOUNT) + repr(ENVIRONMENT)

    assert all(secret not in shown for secret in ("primary", "secondary", "'secret'", "'new'", "'old'", "ünsafe"))
