"""What is put into a canned response, and what is left open."""

import pytest

from tools.canned import fill


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Hi {{customer.name}}", ()),
        ("Hi {{ customer.name", ("customer.name",)),
        ("Hi customer.name}}", ("customer.name",)),
        ("Hi {{customer.name}, {{order.id}}", ("customer.name", "order.id")),
        ("Hi {{", ("",)),
        ("100 % {sure} of it", ()),
    ],
)
def test_a_variable_that_is_only_half_there_is_a_gap(text: str, missing: tuple[str, ...]) -> None:
    assert set(fill(text, {"customer.name": "Ann {{"}).missing) == set(missing)
