"""Tables of content by its digest, and of what is published. Must not know how they are asked."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from gettone.store.columns import METADATA, content, moment, number, part_of, text

BLOBS = Table(
    "blobs",
    METADATA,
    text("digest", primary_key=True),
    number("size_bytes"),
    # When it was last put: one that was just put again is about to be used.
    moment("put_at", index=True),
)

BLOB_PIECES = Table(
    "blob_pieces",
    METADATA,
    part_of("digest", "blobs.digest", index=False, primary_key=True),
    number("place", primary_key=True),
    content("content"),
)

SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    number("revision", primary_key=True),
    content("manifest"),
    content("signature"),
    moment("created_at"),
)

# `last_revision`: the newest manifest that can name a segment which is current no more.
SEGMENTS = Table(
    "segments",
    METADATA,
    text("digest", primary_key=True),
    text("owner"),
    content("content"),
    Column("last_revision", BigInteger, index=True),
)

PUBLISHED = Table(
    "published",
    METADATA,
    text("owner", primary_key=True),
    part_of("digest", "segments.digest"),
)
