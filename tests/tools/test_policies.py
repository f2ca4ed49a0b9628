"""What is said to whoever wrote a rule that cannot be used."""

from pathlib import Path

import pytest

from data.errors import Invalid
from data.seed.load import SEED_FOLDERS
from tools.policies import check_rules, known_of, read_policy
from tools.policy_rules import Rule
from tools.registry import OPERATIONS

STATE = "state: {order.status: [delivered]}"
GOOD = """\
- name: first
  actions: [flag_refund]
  state: {order.status: [delivered]}
  because: Because.
"""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("- name: [", "line 1 is no YAML"),
        ("name: x", "must be a list of rules"),
        (GOOD.replace("state:", "stat:"), "(line 3)"),
        (GOOD.replace("[delivered]", "delivered"), "must be a list"),
        (GOOD.replace("flag_refund", "fly"), "'fly' is nothing that the assistant changes"),
        (GOOD.replace("flag_refund", "get_orders"), "'get_orders' is nothing"),
        (GOOD.replace("order.status", "order.state"), "'order.state' is not known of flag_refund"),
        (GOOD.replace("flag_refund", "create_ticket"), "'order.status' is not known of create_"),
        (
            GOOD + GOOD,
            "entry 2 (first): 'first' is the name of a rule before; choose another (",
        ),
        (GOOD.replace("because: Because.", ""), "because is missing"),
        (
            GOOD.replace(STATE, "amount: {of: order.product, most: 1}"),
            "order.product of flag_refund is no amount (line 3)",
        ),
        (
            GOOD.replace(STATE, "age: {of: order.id, most_days: 1}"),
            "order.id of flag_refund is no day",
        ),
        (
            GOOD.replace(STATE, "never: true\n  identity: verified"),
            "it has identity and never",
        ),
        (
            GOOD.replace(STATE, "code: true"),
            "`matter` belongs to `otherwise: approval` and `code`, which need it",
        ),
        (
            GOOD.replace(STATE, "code: true\n  matter: x\n  otherwise: approval"),
            "`code` asks the customer; leave `otherwise` out",
        ),
        (
            GOOD.replace(STATE, "confirmed: [order_id]\n  ask: Is it {thing}?"),
            "'thing' is not known of flag_refund; known are order_id, order.id",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, written: str, message: str) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text(written)
    with pytest.raises(Invalid) as error:
        read_policy(path)
    assert message in str(error.value)
    assert f"{tmp_path.name}/policies.yaml" in str(error.value)


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_the_demo_companies_have_a_policy_each(folder: Path) -> None:
    assert len(read_policy(folder / "policies.yaml")) >= 5


def test_a_company_without_a_policy_lets_everything_through(tmp_path: Path) -> None:
    assert read_policy(tmp_path / "policies.yaml") == []


def test_in_a_request_the_place_is_named() -> None:
    rules = [
        Rule.model_validate(
            {"name": "a", "actions": ["create_ticket", "fly"], "never": True, "because": "So."}
        )
    ]
    with pytest.raises(Invalid, match=r"^rules\[0\]\.actions\[1\]: 'fly' is nothing"):
        check_rules(rules)


def test_what_a_rule_may_speak_of_are_arguments_and_columns() -> None:
    known = known_of(OPERATIONS["update_ticket"])
    assert {"ticket_id", "status", "ticket.status", "ticket.priority"} <= known.keys()
    assert set(known_of(OPERATIONS["create_lead"])) == {"name", "phone", "email", "details"}
