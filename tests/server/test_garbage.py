import gc

from server.garbage import YOUNG, rare_collections


def test_what_is_loaded_is_left_alone_while_the_server_runs() -> None:
    before = gc.get_threshold()
    with rare_collections():
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] == YOUNG
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_new_garbage_is_still_found() -> None:
    class Ring:
        def __init__(self) -> None:
            self.me = self

    with rare_collections():
        gc.collect()
        rings = [Ring() for _ in range(50)]
        del rings
        assert gc.collect() >= 50
