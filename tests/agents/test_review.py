import pytest

from agents.review import unsupported

INVOICE = (
    '{"id": "INV-2042", "amount": "71.98", "due_date": "2026-03-27", "customer": "x@a.example"}'
)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice INV-2042 is 71.98 USD.",
        "It is due on March 27, 2026.",
        "It is due on 2026-03-27.",
        "Write to X@a.example.",
        "There are 3 lights; the second of the 4 steps helps.",
        "No number at all.",
        "",
    ],
)
def test_what_the_evidence_holds_may_be_said(text: str) -> None:
    assert unsupported(text, [INVOICE]) == []


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("It is 61.98 USD.", ["61.98"]),
        ("It is 1.98 USD.", ["1.98"]),
        ("Invoice INV-2043.", ["INV-2043"]),
        ("It is due on March 28, 2026.", ["28"]),
        ("You get it in 4 days.", ["4"]),
        ("That is $5.", ["5"]),
        ("10 % off", ["10"]),
        ("We open at 8:00.", ["8"]),
        ("Call 1-800-555-0142.", ["800", "555", "0142"]),
        ("Write to y@a.example.", ["y@a.example"]),
        ("See https://evil.example/x.", ["https://evil.example/x"]),
        ("13 crews and 14 vans", ["13", "14"]),
    ],
)
def test_what_it_does_not_hold_is_listed(text: str, claims: list[str]) -> None:
    assert unsupported(text, [INVOICE]) == claims


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("About 1,200 homes", "1200 homes"),
        ("About 1200 homes", "About 1,200 homes"),
        ("13,650.00 USD", '"13650.00"'),
        ("39.9", "39.90"),
        ("14 days", "within 14.00 days"),
        ("8:00-20:00", "from 08:00 to 20:00"),
    ],
)
def test_a_number_may_be_written_in_another_way(text: str, evidence: str) -> None:
    assert unsupported(text, [evidence]) == []


def test_a_piece_of_a_number_is_another_number() -> None:
    assert unsupported("29.90 USD", ["129.90 USD"]) == ["29.90"]
    assert unsupported("99 USD", ["149.99 USD"]) == ["99"]
