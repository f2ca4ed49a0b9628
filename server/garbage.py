"""Python's garbage collector, set for a server."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000  # new objects before it looks; a turn makes and drops some thousands


@contextmanager
def rare_collections() -> Iterator[None]:
    """Leave what is loaded by now alone, and look at the rest more rarely.

    A few hundred thousand objects of libraries live as long as the process; walking them again
    and again costs a turn a tenth of its time and finds nothing.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
