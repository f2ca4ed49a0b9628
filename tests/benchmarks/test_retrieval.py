"""The benchmark of the search on a crowd small enough to know the answers of."""

from uuid import UUID

import numpy as np

from benchmarks.passages import LARGE, SMALL, Crowd, load_crowd
from benchmarks.retrieval import measure, table_of


def crowd() -> Crowd:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((180, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Crowd(
        ids=tuple(UUID(int=number) for number in range(170)),
        tenants=np.array([LARGE] * 120 + list(SMALL)),
        vectors=rows[:170],
        contents=("a lamp hums",) * 170,
        texts=("why does it hum",) * 10,
        queries=rows[170:],
    )


async def test_everything_nearest_is_found_and_every_way_has_its_time(database_url: str) -> None:
    load_crowd(database_url, crowd())
    lines = await measure(database_url, crowd(), 100)
    assert [(each.passages, each.tenant, each.held, each.indexed) for each in lines] == [
        (170, "large", 120, True),
        (170, "one of 50", 1, False),
    ]
    assert all(each.recall == 1 for each in lines)
    assert all(min(each.p50_ms, each.unfiltered_p50_ms, each.search_p50_ms) > 0 for each in lines)
    assert table_of(lines).row_count == 2
