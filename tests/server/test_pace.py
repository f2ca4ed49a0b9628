from server.sockets.pace import Pace


def test_as_many_as_are_allowed_are_read_at_once_and_the_rest_in_their_time() -> None:
    pace, now, read_at = Pace(most=100, in_s=5.0), 0.0, []
    for _ in range(1000):
        now += pace.wait_s(now)
        read_at.append(now)
    assert [read_at.count(5.0 * window) for window in range(10)] == [100] * 10


def test_who_is_slow_never_waits() -> None:
    pace = Pace(most=2, in_s=5.0)
    assert [pace.wait_s(now) for now in (0.0, 3.0, 6.0, 9.0, 12.0)] == [0.0] * 5
