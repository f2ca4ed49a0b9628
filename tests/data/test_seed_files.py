from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from data.errors import Invalid
from data.seed.content import read_content
from data.seed.load import SEED_FOLDERS

NORTHWAVE = next(folder for folder in SEED_FOLDERS if folder.name == "northwave")

Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def end_with(more: str) -> Edit:
    return lambda text: f"{text}\n{more}\n"


BROKEN: list[tuple[str, Edit, str]] = [
    ("tenant.yaml", lambda _: "- a list", "northwave/tenant.yaml: must be a mapping"),
    (
        "tenant.yaml",
        swap("id: demo", "id: De:mo"),
        "northwave/tenant.yaml: id: String should match",
    ),
    ("tenant.yaml", swap("name:", "title:"), "northwave/tenant.yaml: name is missing; add it"),
    ("plans.yaml", lambda _: "plans: {}", "northwave/plans.yaml: must be a list of entries"),
    (
        "plans.yaml",
        swap("price: 49.99", "price: cheap"),
        "northwave/plans.yaml, entry 2 (id fiber-300): price: Input should be a valid decimal",
    ),
    (
        "plans.yaml",
        swap("id: fiber-300", "id: home-50"),
        "northwave/plans.yaml, entry 2: id 'home-50' is that of entry 1 already; choose another",
    ),
    (
        "canned.yaml",
        swap("shortcut: /refund", "shortcut: /greet"),
        "northwave/canned.yaml, entry 3: shortcut '/greet' is that of entry 1 already",
    ),
    (
        "canned.yaml",
        swap("shortcut: /refund", "shortcut: refund"),
        "northwave/canned.yaml, entry 3 (shortcut refund): shortcut: String should match",
    ),
    ("records.yaml", lambda _: "[]", "northwave/records.yaml: must be a mapping of customers, or"),
    ("records.yaml", lambda _: "orders: [", "northwave/records.yaml: line 1 is no YAML"),
    ("records.yaml", lambda _: "orders: {id: 1}", "northwave/records.yaml: orders: must be a list"),
    (
        "records.yaml",
        end_with("parcels: []"),
        "northwave/records.yaml: parcels: no such section; there are customers, orders",
    ),
    (
        "records.yaml",
        swap("status: delivered", "status: lost"),
        "northwave/records.yaml: orders, entry 1 (id 1): status: Input should be 'processing'",
    ),
    (
        "records.yaml",
        swap("product: Phone Case, amount: 29.99", "product: Phone Case"),
        "northwave/records.yaml: orders, entry 2 (id 2): amount is missing; add it",
    ),
    (
        "records.yaml",
        swap("days_ago: 18", "days_ago: 18, colour: red"),
        "northwave/records.yaml: orders, entry 1 (id 1): colour is no field of such an entry",
    ),
    (
        "records.yaml",
        swap("days_ago: 18", "days_ago: -1"),
        "northwave/records.yaml: orders, entry 1 (id 1): days_ago: Input should be greater",
    ),
    (
        "records.yaml",
        swap("{id: 4, customer_id: 2", "{id: 4, customer_id: 9"),
        "northwave/records.yaml: orders, entry 4: customer_id 9 is no customer of these files",
    ),
    (
        "records.yaml",
        swap("plan: mobile-40", "plan: mobile-41"),
        "northwave/records.yaml: customers, entry 3: plan 'mobile-41' is no plan of these files",
    ),
    (
        "records.yaml",
        swap("bob@example.com", "ALICE@example.com"),
        "northwave/records.yaml: customers, entry 2: email 'ALICE@example.com' is that of entry 1",
    ),
    (
        "records.yaml",
        swap("session: demo-session-bob", "session: demo-session-alice"),
        "northwave/records.yaml: insights, entry 2: session 'demo-session-alice' is that of",
    ),
]


@pytest.mark.parametrize(("file", "edit", "said"), BROKEN, ids=[said for _, _, said in BROKEN])
def test_a_broken_file_is_named_with_the_entry_and_what_to_do(
    tmp_path: Path, file: str, edit: Edit, said: str
) -> None:
    folder = copytree(NORTHWAVE, tmp_path / "northwave")
    (folder / file).write_text(edit((folder / file).read_text("utf-8")), "utf-8")
    with pytest.raises(Invalid) as refused:
        read_content(folder)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("file", ["tenant.yaml", "plans.yaml", "canned.yaml", "records.yaml"])
def test_a_missing_file_and_a_wrong_encoding_are_named(tmp_path: Path, file: str) -> None:
    folder = copytree(NORTHWAVE, tmp_path / "northwave")
    (folder / file).write_bytes(b"name: \xff")
    with pytest.raises(Invalid, match=f"northwave/{file}: the file is not UTF-8; save it as UTF-8"):
        read_content(folder)
    (folder / file).unlink()
    with pytest.raises(Invalid, match=f"northwave/{file}: the file is missing"):
        read_content(folder)
