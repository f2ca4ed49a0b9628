"""The command `switchboard`: registers its words and says in a sentence what went wrong."""

from importlib.metadata import entry_points

import typer

from server.commands.chat import chat
from server.commands.curated import curated
from server.commands.doctor import doctor
from server.commands.encrypt import encrypt
from server.commands.ingest import ingest
from server.commands.intents import intents
from server.commands.migrate import migrate
from server.commands.operator import operator
from server.commands.reindex import reindex
from server.commands.replay import replay
from server.commands.seed import seed
from server.commands.serve import serve
from server.commands.setup import setup
from server.commands.token import token
from server.commands.train import train

app = typer.Typer(
    name="switchboard",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help wraps its paragraphs, and is there sooner
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def switchboard() -> None:
    """The open customer-operations agent: customers write, the graph answers, people take over.

    Settings come from the environment and from `.env` in the current folder; `.env.example` lists
    them all. Start with `switchboard serve`, then talk to it with `switchboard chat`.
    """


for word in (
    serve,
    chat,
    doctor,
    token,
    operator,
    ingest,
    reindex,
    replay,
    setup,
    migrate,
    seed,
    encrypt,
):
    app.command()(word)
app.add_typer(train, name="train")
app.add_typer(intents, name="intents")
app.add_typer(curated, name="curated")
for added in entry_points(group="switchboard.commands"):  # of rooms above this one
    app.add_typer(added.load(), name=added.name)


def main() -> None:
    """Run the command. What is not a bug ends in a sentence and the exit code 1."""
    try:
        app()
    except Exception as error:
        from server.complaint import complaint_of  # noqa: PLC0415  # only now it is needed

        sentence = complaint_of(error)
        if sentence is None:
            raise
        raise SystemExit(sentence) from None
