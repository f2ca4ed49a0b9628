"""`switchboard setup`: what is done once on a machine, before the first start."""


def setup() -> None:
    """Export the embedding model, once on a machine.

    Otherwise the first start does. Takes about 15 seconds the first time and nothing afterwards.
    `make setup` calls it. With another EMBEDDING_MODEL there is nothing to export.
    """
    from server.settings import read_settings

    settings = read_settings()

    from retrievers.embed import DEFAULT_MODEL, export_model
    from server.progress import console

    if settings.embedding_model.removeprefix("sentence-transformers/") != DEFAULT_MODEL:
        console.print(f"{settings.embedding_model} needs no set-up.", highlight=False)
        return
    with console.status("Looking for the embedding model") as status:
        file = export_model(settings.data_dir, status.update)
    console.print(f"The embedding model {DEFAULT_MODEL} is ready: {file}", highlight=False)
