"""Segments and manifests as bytes, and back. Equal values have equal bytes: digests rest on that.

What is read was written by a control plane of ours, maybe an older or a newer one: the format number says which, and
anything that is not exactly as written here is refused. Must not know keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

from gettone.model.errors import PlatformError
from gettone.model.variables import Variables
from gettone.routes.segment import AccountSegment, EnvironmentSegment, Manifest, PublishedSegment

FORMAT: Literal[1] = 1
# A segment with every asset that Twilio allows has 1 MB; a manifest of 100,000 environments has 17 MB.
SEGMENT_BYTES_MAX = 16 << 20
MANIFEST_BYTES_MAX = 32 << 20

T = TypeVar("T")


class _Marked(msgspec.Struct, frozen=True):
    format: int


class _EnvironmentText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="environment"):
    format: Literal[1]
    segment: EnvironmentSegment


class _AccountText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="account"):
    format: Literal[1]
    segment: AccountSegment


class _ManifestText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="manifest"):
    format: Literal[1]
    manifest: Manifest


def _write_foreign(value: object) -> object:
    if isinstance(value, Variables):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} is no part of a segment")


def _read_foreign(kind: type, value: object) -> object:
    if kind is Variables and isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return Variables(value)
    raise ValueError(f"no {kind.__name__}")


_write = msgspec.json.Encoder(enc_hook=_write_foreign, order="deterministic").encode
_read_mark = msgspec.json.Decoder(_Marked).decode
_SegmentText = _EnvironmentText | _AccountText
_read_segment: Callable[[bytes], _SegmentText] = msgspec.json.Decoder(_SegmentText, dec_hook=_read_foreign).decode
_read_manifest = msgspec.json.Decoder(_ManifestText).decode


def encode_segment(segment: PublishedSegment) -> bytes:
    """A segment as bytes. Raises PlatformError `invalid` for a text that has no UTF-8, `too_large`."""
    if isinstance(segment, EnvironmentSegment):
        return _encode(_EnvironmentText(FORMAT, segment), SEGMENT_BYTES_MAX, f"segment of {segment.owner}")
    return _encode(_AccountText(FORMAT, segment), SEGMENT_BYTES_MAX, f"segment of {segment.owner}")


def decode_segment(data: bytes) -> PublishedSegment:
    """Read a segment. Raises PlatformError `invalid` (another format, or none), `too_large`."""
    return _decode(_read_segment, data, SEGMENT_BYTES_MAX, "segment").segment


def encode_manifest(manifest: Manifest) -> bytes:
    """A manifest as bytes. Raises PlatformError `too_large`."""
    return _encode(_ManifestText(FORMAT, manifest), MANIFEST_BYTES_MAX, "manifest")


def decode_manifest(data: bytes) -> Manifest:
    """Read a manifest whose signature was verified. Errors as in `decode_segment`."""
    return _decode(_read_manifest, data, MANIFEST_BYTES_MAX, "manifest").manifest


def _encode(value: msgspec.Struct, bytes_max: int, noun: str) -> bytes:
    try:
        data = _write(value)
    except UnicodeEncodeError:
        # What it is stays out of the message: it may be a variable's value.
        raise PlatformError(
            "invalid", f"the {noun} holds half a surrogate pair, which no text may hold: mend its names and variables"
        ) from None
    _check_size(data, bytes_max, noun)
    return data


def _decode(read: Callable[[bytes], T], data: bytes, bytes_max: int, noun: str) -> T:
    _check_size(data, bytes_max, noun)
    try:
        found = _read_mark(data).format
        if found != FORMAT:
            raise PlatformError(
                "invalid",
                f"this {noun} has format {found}, this version of Gettone reads format {FORMAT}: run one version of"
                " Gettone in all processes",
                format=found,
            )
        return read(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Without the error's text: it may quote what it could not read.
        raise PlatformError("invalid", f"this {noun} cannot be read ({type(error).__name__}): publish again") from None


def _check_size(data: bytes, bytes_max: int, noun: str) -> None:
    if len(data) > bytes_max:
        raise PlatformError(
            "too_large",
            f"the {noun} has {len(data)} bytes, {bytes_max} are allowed: publish less in one piece",
            size_bytes=len(data),
            bytes_max=bytes_max,
        )
