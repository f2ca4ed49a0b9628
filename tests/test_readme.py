"""What the papers tell people to type exists."""

import re
from pathlib import Path

import pytest
import typer.main

from server.cli import app

ROOT = Path(__file__).parents[1]
PAPERS = ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^(?:\$ )?(?:\S+=\S+ )*(?:\.venv/bin/)?((?:make|switchboard) .*)")
LINK = re.compile(r"\]\((?!https?:|#)([^)]+)\)")
OPTIONS = {
    name: {option for parameter in command.params for option in parameter.opts}
    for name, command in typer.main.get_group(app).commands.items()
}


def typed(paper: str) -> list[list[str]]:
    """The words of every `make` and `switchboard` line in the code blocks of a paper."""
    lines = [line for block in FENCED.findall(read(paper)) for line in block.splitlines()]
    found = [match[1] for line in lines if (match := COMMAND.match(line))]
    return [line.partition(" #")[0].split() for line in found]


def read(paper: str) -> str:
    return (ROOT / paper).read_text(encoding="utf-8")


def targets() -> set[str]:
    """What `make` knows."""
    return set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))


def test_the_readme_begins_with_two_commands() -> None:
    assert typed("README.md")[:2] == [["make", "run"], ["make", "test"]]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_make_target_exists(paper: str) -> None:
    named = [words[1] for words in typed(paper) if words[0] == "make"]
    assert set(named) <= targets()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_command_and_its_options_exist(paper: str) -> None:
    for name, *words in [words[1:] for words in typed(paper) if words[0] == "switchboard"]:
        assert name in OPTIONS
        assert {word for word in words if word.startswith("--")} <= OPTIONS[name]


def test_the_readme_shows_every_command() -> None:
    shown = {words[1] for words in typed("README.md") if words[0] == "switchboard"}
    assert shown == OPTIONS.keys()


def test_every_target_of_make_says_what_it_is_for() -> None:
    described = set(re.findall(r"^([a-z]+):.*## \S", read("Makefile"), re.MULTILINE))
    assert described == targets()


@pytest.mark.parametrize("paper", [*PAPERS, "CHANGELOG.md", "DECISIONS.md"])
def test_every_link_within_the_project_leads_somewhere(paper: str) -> None:
    for link in LINK.findall(read(paper)):
        assert (ROOT / paper).parent.joinpath(link.partition("#")[0]).exists(), link
