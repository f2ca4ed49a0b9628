"""The house rules that a reader cannot hold by heart."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("data", "retrievers", "checkpoints", "tools", "agents", "graph", "server", "evals")
SQL_ALLOWED = ("data", "checkpoints")
LONGEST = 300
NOT_NOUNS = {"utils", "helpers", "common", "misc", "manager", "base"}
ENTRANCES = ("server/app.py", "server/studio.py")  # made for whoever imports them by name
MOCKS = {"unittest.mock", "mock", "pytest_mock"}


def modules(*floors: str) -> Iterator[tuple[str, ast.Module]]:
    """Path from the root, and syntax tree, of every module on these floors."""
    for floor in floors:
        for path in sorted((ROOT / floor).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything but the bodies of functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def name_of(call: ast.AST) -> str:
    """The last name of what is called, or nothing."""
    if not isinstance(call, ast.Call):
        return ""
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_is_ours_and_not_an_installed_package(floor: str) -> None:
    """Other packages install a top-level `agents`, too; ours must win."""
    found = importlib.import_module(floor).__file__
    assert found is not None
    assert Path(found).is_relative_to(ROOT)


def test_no_file_is_too_long() -> None:
    files = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert [str(path) for path, length in lengths.items() if length > LONGEST] == []


def test_every_file_is_named_after_a_noun_of_its_own() -> None:
    assert [path for path, _ in modules(*FLOORS) if Path(path).stem in NOT_NOUNS] == []


def test_sql_is_written_only_where_rows_live() -> None:
    outside = [floor for floor in FLOORS if floor not in SQL_ALLOWED]
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*outside)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node) in {"execute", "executemany", "copy"}
        if node.args or node.keywords  # a pipeline of Redis is executed without
        if not _on_a_copyable(node)
    ]
    assert found == []


def test_nothing_is_opened_when_a_module_is_imported() -> None:
    openers = {"Settings", "read_settings", "open_database", "open_embedder", "connect", "get_uri"}
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*FLOORS)
        if path not in ENTRANCES
        for node in at_import(tree)
        if isinstance(node, ast.Call) and name_of(node) in openers
    ]
    assert found == []


def test_nothing_is_mocked() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*FLOORS, "tests", "benchmarks")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(each.name for each in node.names)]
        if name in MOCKS
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path
        for path, tree in modules(*FLOORS)
        if tree.body and not ast.get_docstring(tree) and "migrations/versions" not in path
    ]
    assert silent == []


def _on_a_copyable(call: ast.Call) -> bool:
    """`x.copy()` of a dict or list takes nothing; a COPY statement takes its SQL."""
    return name_of(call) == "copy" and not call.args
