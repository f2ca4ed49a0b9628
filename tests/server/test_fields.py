"""How LangServe's complaints are named where no dependency of ours looked first."""

import pytest
from fastapi.exceptions import RequestValidationError
from langserve.validation import InvokeRequestShallowValidator

from server.fields import FieldError, dotted, field_errors


def test_langserves_bare_string_is_about_the_body() -> None:
    [error] = field_errors(RequestValidationError(["Invalid JSON body"]))
    assert error == FieldError(field="body", message="must be a JSON document")


@pytest.mark.parametrize(
    ("loc", "named"),
    [
        (("messages", 0, "content"), "input.messages[0].content"),
        (("messages", 0, "HumanMessage", "content"), "input.messages[0].content"),
        (("messages", 0, "content", "list[str]"), "input.messages[0].content"),
        (("configurable", "thread_id"), "config.configurable.thread_id"),
        ((), "input"),
    ],
)
def test_langserves_paths_start_inside_the_envelope(loc: tuple[str | int, ...], named: str) -> None:
    body = InvokeRequestShallowValidator(input={"messages": [{"content": 5}]})
    item = {"type": "string_type", "loc": loc, "msg": "Input should be a valid string"}
    [error] = field_errors(RequestValidationError([item], body=body))
    assert error.field == named


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (["a", 0, 1, "b_c-d"], "a[0][1].b_c-d"),
        ([0, "a"], "[0].a"),
        (["a" * 65, "<b>", ""], "*.*.*"),
        ([], "body"),
    ],
)
def test_only_names_are_repeated(path: list[str | int], written: str) -> None:
    assert dotted(path) == written
