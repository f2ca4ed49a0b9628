"""What is said at a terminal about an error."""

import pytest

from data.errors import Invalid
from server.complaint import complaint_of


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("mine/answers.yaml", "mine/answers.yaml: is empty."),
        ("operator_id", "operator_id: is empty."),
        ("revision", "Revision: is empty."),
    ],
)
def test_names_of_files_and_fields_keep_their_letters(field: str, told: str) -> None:
    assert complaint_of(Invalid(field, "is empty")) == told


def test_a_bug_is_no_complaint() -> None:
    assert complaint_of(KeyError("x")) is None
