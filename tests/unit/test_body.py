"""Unpacking: what was packed comes out, and nothing that is sent can cost much."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.body import gunzip
from exporter.config import Config

MIB = 1024 * 1024
REFUSALS = (web.HTTPBadRequest, web.HTTPRequestEntityTooLarge)


def test_the_shipped_time_limit_of_a_body_is_at_most_fifteen_seconds() -> None:
    assert Config().limits.body_seconds <= 15


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_members_come_out_as_one(parts: list[bytes]) -> None:
    assert gunzip(b"".join(map(gzip.compress, parts)), MIB) == b"".join(parts)


@given(st.binary(max_size=200))
def test_whatever_is_sent_is_unpacked_or_refused(body: bytes) -> None:
    with suppress(*REFUSALS):
        gunzip(body, 1_000)


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_one_changed_byte_never_gives_other_bytes(body: bytes, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(body, mtime=0))
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    with suppress(*REFUSALS):
        assert gunzip(bytes(packed), MIB) == body


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_body_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(web.HTTPBadRequest):
        gunzip(gzip.compress(b"events")[:-cut], MIB)


def test_the_limit_is_exact() -> None:
    packed = gzip.compress(b"x" * 1_000)
    assert len(gunzip(packed, 1_000)) == 1_000
    with pytest.raises(web.HTTPRequestEntityTooLarge):
        gunzip(packed, 999)


def test_the_limit_counts_all_members_together() -> None:
    with pytest.raises(web.HTTPRequestEntityTooLarge):
        gunzip(gzip.compress(b"x" * 600) * 2, 1_000)


def test_sixty_four_members_pass_and_one_more_does_not() -> None:
    assert len(gunzip(gzip.compress(b"x") * 64, MIB)) == 64
    with pytest.raises(web.HTTPBadRequest):
        gunzip(gzip.compress(b"x") * 65, MIB)


@pytest.mark.parametrize("body", [zlib.compress(b"x"), b"", b"x", gzip.compress(b"x", mtime=0) + b"tail"])
def test_what_is_not_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(web.HTTPBadRequest):
        gunzip(body, MIB)


def test_a_bomb_costs_little_more_than_the_limit() -> None:
    bomb = gzip.compress(bytes(256 * MIB), 9)
    tracemalloc.start()
    with pytest.raises(web.HTTPRequestEntityTooLarge):
        gunzip(bomb, MIB)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 8 * MIB
