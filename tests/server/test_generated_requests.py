"""schemathesis: requests made from the OpenAPI document, and the answers checked against it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests import Session
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.app import create_app
from server.settings import Settings
from tests.server.callers import Callers

EXAMPLES = 10  # of each kind, for each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
APP: Any = create_app(Settings())
SCHEMA = schemathesis.openapi.from_dict(APP.app.openapi())
OPERATIONS: dict[str, Any] = {
    found.label: found
    for found in (each.ok() for each in SCHEMA.get_all_operations())  # type: ignore[union-attr]
}


@pytest.fixture(scope="module")
def session(callers: Callers) -> Iterator[Session]:
    with Session() as session:
        session.headers.update(callers.admin)
        yield session


def takes_something(operation: Any) -> bool:
    """Where nothing can be sent, nothing wrong can be."""
    return bool(operation.body) or any(True for _ in operation.iter_parameters())


TRIED = [
    (label, mode)
    for label, operation in OPERATIONS.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or takes_something(operation)
]


@pytest.mark.parametrize(("label", "mode"), TRIED)
def test_an_answer_is_what_the_document_says(
    callers: Callers, session: Session, label: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(OPERATIONS[label].as_strategy(generation_mode=mode))
    def tried(case: Case) -> None:
        answer = case.call(base_url=callers.server.url, session=session)
        case.validate_response(answer, checks=CHECKS)

    tried()
