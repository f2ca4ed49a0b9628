from prometheus_client import CollectorRegistry

from server.sockets.traffic import Traffic, now


def counted(traffic: Traffic) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(traffic)
    return registry


def test_codes_that_clients_make_up_count_together() -> None:
    traffic = Traffic()
    for code in (1000, 4408, 4408, 3000, 4999, 12345):
        traffic.closed(code)
    registry = counted(traffic)
    found = {
        code: registry.get_sample_value("websocket_closes_total", {"code": code})
        for code in ("1000", "4408", "other", "3000")
    }
    assert found == {"1000": 1, "4408": 2, "other": 3, "3000": None}


def test_what_is_open_is_counted_while_it_is() -> None:
    traffic = Traffic()
    registry = counted(traffic)
    with traffic.opened("queue"), traffic.opened("queue"):
        assert registry.get_sample_value("websocket_connections", {"kind": "queue"}) == 2
    assert registry.get_sample_value("websocket_connections", {"kind": "queue"}) == 0


def test_only_news_of_the_log_have_a_time() -> None:
    traffic = Traffic()
    traffic.sent("customer", None)
    traffic.sent("customer", now())
    registry = counted(traffic)
    labels = {"kind": "customer", "direction": "out"}
    assert registry.get_sample_value("websocket_frames_total", labels) == 2
    assert registry.get_sample_value("websocket_push_seconds_count") == 1
