from server.sockets.presence import Presence, Viewer

ANN, KIM, LEE = (
    Viewer("customer", "customer:1"),
    Viewer("operator", "o:1"),
    Viewer("operator", "o:2"),
)


def test_a_person_with_three_windows_is_one_viewer() -> None:
    presence = Presence()
    assert presence.join("t", "1", ANN)
    assert not presence.join("t", "2", ANN)
    assert not presence.leave("t", "1")
    assert presence.viewers("t") == {ANN}
    assert presence.leave("t", "2")
    assert presence.viewers("t") == frozenset()
    assert not presence.leave("t", "2")


def test_viewers_of_all_processes_are_there_together() -> None:
    presence = Presence()
    presence.join("t", "1", ANN)
    assert not presence.elsewhere("t")
    assert presence.hear(2, "t", [KIM, ANN])
    assert presence.hear(3, "t", [LEE])
    assert presence.viewers("t") == {ANN, KIM, LEE}
    assert presence.elsewhere("t")
    assert presence.here("t") == {ANN}
    assert not presence.hear(2, "t", [KIM, ANN])
    assert presence.hear(3, "t", [])
    assert presence.viewers("t") == {ANN, KIM}


def test_who_was_seen_by_a_dead_process_alone_is_gone() -> None:
    presence = Presence()
    presence.join("t", "1", ANN)
    presence.hear(2, "t", [KIM, ANN])
    presence.hear(2, "other", [ANN])
    presence.hear(3, "t", [LEE])
    assert presence.keep({2, 3}) == {}
    assert presence.keep({3}) == {"t": {KIM}, "other": {ANN}}
    assert presence.viewers("t") == {ANN, LEE}
    assert presence.keep({3}) == {}
    assert presence.anybody_elsewhere
    assert presence.keep(()) == {"t": {LEE}}
    assert not presence.anybody_elsewhere
