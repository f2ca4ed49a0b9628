from server.sockets.presence import BELIEVED_S, Presence, Viewer

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
    assert presence.hear("b", "t", [KIM, ANN])
    assert presence.hear("c", "t", [LEE])
    assert presence.viewers("t") == {ANN, KIM, LEE}
    assert presence.elsewhere("t")
    assert presence.here("t") == {ANN}
    assert not presence.hear("b", "t", [KIM, ANN])
    assert presence.hear("c", "t", [])
    assert presence.viewers("t") == {ANN, KIM}


def test_a_process_that_is_not_heard_of_any_more_is_dead() -> None:
    now = 0.0
    presence = Presence(lambda: now)
    presence.hear("b", "t", [KIM])
    now = BELIEVED_S - 1
    assert presence.sweep() == []
    presence.hear("c", "t", [LEE])
    now = BELIEVED_S
    assert presence.sweep() == ["t"]
    assert presence.viewers("t") == {LEE}
    assert presence.sweep() == []
