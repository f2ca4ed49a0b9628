from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.playbook import NOBODYS, Playbook
from agents.playbook_files import KNOWLEDGE, read_playbooks
from agents.registry import specialist_named
from agents.template import fill, fill_value, holds, value_of
from data.errors import Invalid
from data.seed.load import SEED_FOLDERS

ORDER = {"id": 2, "product": "Phone Case", "ordered_at": "2026-03-07T10:00:00+00:00"}
MINIMAL: dict[str, Any] = {"name": "hello", "intents": ["greeting"], "reply": [{"say": "Hi."}]}

# What needs the customer's own records and has a playbook of its own for that.
SPECIALISTS_OF = {
    folder.name: {
        intent["name"]: intent for intent in yaml.safe_load((folder / "intents.yaml").read_text())
    }
    for folder in SEED_FOLDERS
}


def written(tmp_path: Path, content: str) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    path = folder / "playbooks.yaml"
    path.write_text(content)
    return path


def problem(tmp_path: Path, content: str) -> str:
    with pytest.raises(Invalid) as caught:
        read_playbooks(written(tmp_path, content))
    return str(caught.value)


def test_a_file_of_playbooks_is_read_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, yaml.safe_dump([MINIMAL, MINIMAL | {"name": "b", "intents": ["bye"]}]))
    assert [p.name for p in read_playbooks(path)] == ["hello", "b"]


def test_an_empty_file_has_no_playbooks(tmp_path: Path) -> None:
    assert read_playbooks(written(tmp_path, "# nothing yet\n")) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reply": None}, "reply must be a list; write each entry with a dash"),
        ({"reply": []}, "reply: Tuple should have at least 1 item"),
        ({"answer": []}, "answer is no field of such an entry; remove it"),
        ({"name": "Bad Name"}, "name: String should match pattern"),
        ({"reply": [{"say": "{{ broken"}]}, "reply.0.say: not a template: unexpected end"),
        ({"reply": [{"say": "{{ x | nofilter }}"}]}, "No filter named 'nofilter'"),
        ({"reply": [{"when": "a ==", "say": "x"}]}, "reply.0.when: not a template"),
        ({"reply": [{"say": "x", "hand_over": "refund"}]}, "needs either `say` or `hand_over`"),
        (
            {"reply": [{"hand_over": "boredom"}]},
            "reply.0.hand_over: Input should be 'human_requested'",
        ),
        ({"let": {"x": "1 +"}}, "let: not a template"),
        ({"slots": [{"name": "a", "kind": "colour", "ask": "?"}]}, "slots.0.kind: must be one of"),
        ({"slots": [{"name": "a", "kind": "name"}]}, "needs `ask`, or `optional: true`"),
        ({"steps": [{"tool": "get_order"}]}, "'get_order' is no tool; there are book_appointment"),
        (
            {"steps": [{"tool": "get_orders", "with": {"most": 3}}]},
            "get_orders has no argument 'most'; it takes limit",
        ),
        (
            {"steps": [{"tool": "get_orders"}, {"tool": "get_orders", "when": "x"}]},
            "the tool 'get_orders' is used twice; use it once",
        ),
        (
            {"let": {"a": "1"}, "slots": [{"name": "a", "kind": "name", "optional": True}]},
            "the name 'a' is used twice",
        ),
    ],
)
def test_a_wrong_entry_is_named_with_what_to_do(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    content = yaml.safe_dump([MINIMAL | changes])
    found = problem(tmp_path, content)
    assert found.startswith("acme/playbooks.yaml, entry 1 (")
    assert message in found


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    found = problem(tmp_path, "- {name: a, reply: [{say: Hi}]}")
    assert found == "acme/playbooks.yaml, entry 1 (a): intents is missing; add it (line 1)"


def test_the_line_of_the_mistake_is_named(tmp_path: Path) -> None:
    content = """\
- name: hello
  intents: [greeting]
  leads_to:
    bye: [thanks, yes]
  reply:
    - say: Hi
"""
    found = problem(tmp_path, content)
    assert "leads_to.bye.1: must be text; put quotes around it" in found
    assert found.endswith("(line 4)")


def test_a_playbook_leads_to_an_intent_that_there_is(tmp_path: Path) -> None:
    found = problem(tmp_path, yaml.safe_dump([MINIMAL | {"leads_to": {"bye": ["go"]}}]))
    assert "no playbook has the intent 'bye'; correct it or add one" in found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: a", "acme/playbooks.yaml: must be a list of playbooks"),
        ("- 3", "entry 1: Input should be a valid dictionary"),
        ("- {name: [", "acme/playbooks.yaml: line 1 is no YAML"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str, message: str) -> None:
    assert message in problem(tmp_path, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="the file is missing"):
        read_playbooks(tmp_path / "playbooks.yaml")


def test_two_playbooks_of_one_intent_are_refused(tmp_path: Path) -> None:
    content = yaml.safe_dump([MINIMAL, MINIMAL | {"name": "other"}])
    assert problem(tmp_path, content) == (
        "acme/playbooks.yaml, entry 2 (other): the intent 'greeting' is that of 'hello' already;"
        " remove it from one (line 6)"
    )


def test_two_playbooks_of_one_name_are_refused(tmp_path: Path) -> None:
    content = yaml.safe_dump([MINIMAL, MINIMAL | {"intents": ["bye"]}])
    assert "entry 1 has this name already; choose another" in problem(tmp_path, content)


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_a_playbook_is_the_same_after_it_was_stored(folder: Path) -> None:
    playbooks = read_playbooks(folder / "playbooks.yaml")
    assert [Playbook.model_validate(p.definition()) for p in playbooks] == playbooks
    assert [Playbook.model_validate(p.model_dump(by_alias=True)) for p in playbooks] == playbooks


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_demo_playbooks_name_intents_and_tools_that_their_specialist_has(folder: Path) -> None:
    intents = SPECIALISTS_OF[folder.name]
    for playbook in read_playbooks(folder / "playbooks.yaml"):
        for intent in set(playbook.intents) - NOBODYS:
            offered = specialist_named(intents[intent]["specialist"]).operations
            missing = {step.tool for step in playbook.steps} - {*offered, KNOWLEDGE}
            assert missing == set(), f"{playbook.name} for {intent}"


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_whatever_needs_the_customers_records_has_a_playbook_that_verifies(folder: Path) -> None:
    verifying = {
        intent
        for playbook in read_playbooks(folder / "playbooks.yaml")
        if playbook.verify
        for intent in playbook.intents
    }
    account = {name for name, intent in SPECIALISTS_OF[folder.name].items() if intent["account"]}
    assert account - verifying == set()


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ order.product }}", "Phone Case"),
        ("{{ order.nothing.at.all }}!", "!"),
        ("{{ order.ordered_at | day }}", "March 7, 2026"),
        ("{{ order.ordered_at | month }}", "March 2026"),
        ("{{ nothing | day }}{{ nothing | month }}x", "x"),
        ("{{ '1234.5' | money }}", "1,234.50"),
        ("a\n\n\n\n  b  \n", "a\n\nb"),
        ("a   b", "a b"),
    ],
)
def test_texts_are_filled(text: str, filled: str) -> None:
    assert fill(text, {"order": ORDER}) == filled


def test_a_sole_expression_keeps_its_kind() -> None:
    assert fill_value("{{ order.id }}", {"order": ORDER}) == 2
    assert fill_value("{{ order.id }}.", {"order": ORDER}) == "2."
    assert fill_value("{{ nothing }}", {}) is None


def test_what_is_unknown_counts_as_false() -> None:
    assert not holds("order.status == 'shipped'", {})
    assert value_of("order.status", {"order": None}) is None


@pytest.mark.parametrize(
    "text", ["{{ ''.__class__.__mro__ }}", "{{ order.__init__.__globals__ }}", "{{ [].append(1) }}"]
)
def test_a_template_cannot_leave_its_values(text: str) -> None:
    try:
        assert "class" not in fill(text, {"order": ORDER})
    except Exception as error:
        assert type(error).__name__ == "SecurityError"  # noqa: PT017
