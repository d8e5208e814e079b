"""Programs that take seconds, at work on every processor ahead of the tests that ask what they said."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

Answers = dict[str, Future[None]]


@contextmanager
def ahead(items: Iterable[pytest.Item], test: object, work: Callable[..., None]) -> Iterator[Answers]:
    """What `work` answers to the parameters of each item of a test, by the item's name."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {
            item.name: pool.submit(work, **item.callspec.params)
            for item in items
            if isinstance(item, pytest.Function) and item.function is test
        }
        pool.shutdown(cancel_futures=True)
