"""Python's garbage collection, where thousands of objects are made that all live until the work is done."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_alone() -> Iterator[None]:
    """
    Do without the cycle collector for the block, which must be short and make few cycles.

    While a heap grows it walks through all of it again and again and finds nothing: a seventh of the time of
    `tracking.services.bulk`. Inside of another such block it does nothing.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
