from pathlib import Path

import pytest

from data.errors import Invalid
from evals.scripts import read_conversations

WHOLE = """\
tenant: northwave
conversations:
  - name: a_name
    who: alice
    turns:
      - says: hello
      - says: bye
"""


def read(folder: Path, text: str) -> None:
    (folder / "some.yaml").write_text(text, encoding="utf-8")
    read_conversations(folder)


def test_a_name_stands_for_the_customer_of_that_company(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(WHOLE, encoding="utf-8")
    (found,) = read_conversations(tmp_path)
    assert (found.tenant, found.customer, found.where) == ("demo", 1, "some.yaml:3")


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("northwave", "acme", "some.yaml:1: there is no company 'acme'"),
        ("alice", "zoe", "some.yaml:3: nobody is called 'zoe'; `who` is one of alice, bob"),
        ("says: bye", "says: yes", "some.yaml:7: .*must be text; put it in quotes"),
        ("says: bye", "sais: bye", "some.yaml:7: .*says is missing; add it"),
        ("says: bye", "says: bye\n        tone: nice", "some.yaml:8: .*tone is no field here"),
        ("says: bye", "says: bye\n        tools: [fly]", "some.yaml:8: .*no tool 'fly'; choose of"),
        ("says: bye", "says: bye\n        facts: [4.5]", "some.yaml:8: .*is no fact; write words"),
        ("says: bye", "says: bye\n        handoff: 3", "some.yaml:8: .*must be no, yes, any"),
        ("      - says: bye\n", "", "some.yaml:5: .*at least 2 items"),
        ("says: bye", "says: bye\n    end:\n      rows: [{id: 1}]", "some.yaml:9: .*either"),
        ("a_name", "A name", "some.yaml:3: .*name"),
        ("turns:", "turns: [", "some.yaml.*no YAML"),
    ],
)
def test_a_malformed_file_is_refused_with_file_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, advice: str
) -> None:
    with pytest.raises(Invalid, match=advice):
        read(tmp_path, WHOLE.replace(old, new))


def test_a_name_may_be_used_once(tmp_path: Path) -> None:
    twice = WHOLE + WHOLE.partition("conversations:\n")[2]
    with pytest.raises(Invalid, match=r"some.yaml:8: a_name is at some.yaml:3 already; rename one"):
        read(tmp_path, twice)


def test_a_folder_without_conversations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="needs at least one"):
        read_conversations(tmp_path)
