"""Tables and pictures of what the routing eval found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from agents.route_fit import LABELS
from agents.route_head import HANDOFF, OUT_OF_SCOPE
from data.errors import Unavailable
from evals.measures import Told, measure
from evals.routing import Point, false_share, recall_of

INK = {"light": ("white", "#1b1f24", "Blues"), "dark": ("#14171b", "#e8eaed", "cividis")}


def routes_table(found: Mapping[str, Sequence[Told]]) -> Table:
    """A row for each set; macro-F1 over the labels that occur in it."""
    table = Table(
        "set",
        "n",
        "accuracy",
        "macro-F1",
        "ECE",
        "people asked for",
        "nobody's",
        "falsely nobody's",
    )
    for name, told in found.items():
        labels = sorted({each.right for each in told})
        measures = measure(told, labels)
        shares = (
            recall_of(told, HANDOFF),
            recall_of(told, OUT_OF_SCOPE),
            false_share(told, OUT_OF_SCOPE),
        )
        table.add_row(
            name,
            str(measures.count),
            str(measures.accuracy),
            str(measures.macro_f1),
            f"{measures.calibration_error.value:.3f}",
            *("" if share is None else f"{share:.2f}" for share in shares),
        )
    return table


def curves_table(points: Sequence[Point]) -> Table:
    """Accuracy by examples a route, a row for each company and one for their mean."""
    counts = sorted({point.examples for point in points})
    table = Table("accuracy by examples a route", *map(str, counts))
    companies = list(dict.fromkeys(point.company for point in points))
    found = {(point.company, point.examples): point.accuracy for point in points}
    for company in companies:
        row = (found.get((company, count)) for count in counts)
        table.add_row(company, *("" if value is None else f"{value:.3f}" for value in row))
    means = [[found[c, n] for c in companies if (c, n) in found] for n in counts]
    table.add_row("mean", *(f"{sum(each) / len(each):.3f}" for each in means))
    return table


def draw_all(told: Sequence[Told], points: Sequence[Point], folder: Path) -> list[Path]:
    """Draw the confusion and the learning curves, each for light and dark pages.

    Raises:
        Unavailable: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # only now it is needed
    except ImportError:
        raise Unavailable("plots need matplotlib: pip install 'switchboard[evals]'") from None
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for theme in INK:
        figure = Figure(figsize=(6.4, 5.4), layout="constrained")
        _confusion(figure, told, theme)
        drawn.append(_save(figure, folder / f"routing-confusion-{theme}.png", theme))
        if points:
            figure = Figure(figsize=(7.2, 4.4), layout="constrained")
            _curves(figure, points, theme)
            drawn.append(_save(figure, folder / f"routing-examples-{theme}.png", theme))
    return drawn


def _save(figure, file: Path, theme: str) -> Path:  # type: ignore[no-untyped-def]
    figure.savefig(file, dpi=150, facecolor=INK[theme][0])
    return file


def _confusion(figure, told: Sequence[Told], theme: str) -> None:  # type: ignore[no-untyped-def]
    """Shares of each right label's messages, and how many there were."""
    ground, ink, colours = INK[theme]
    labels = [label for label in LABELS if any(label in (t.right, t.said) for t in told)]
    counts = measure(told, labels).confusion
    shares = [[n / max(sum(row), 1) for n in row] for row in counts]
    axes = figure.add_subplot(facecolor=ground)
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1)
    names = [label.replace("_", " ") for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=30, ha="right", color=ink)
    axes.set_yticks(range(len(labels)), names, color=ink)
    axes.set_xlabel("sent to", color=ink)
    axes.set_ylabel("belongs to", color=ink)
    axes.set_title("Where messages go", color=ink)
    axes.tick_params(colors=ink)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for y, row in enumerate(shares):
        for x, share in enumerate(row):
            bright = share > 0.5 if theme == "dark" else share <= 0.5
            colour = "#1b1f24" if bright else "white"
            text = f"{share:.0%}\n{counts[y][x]}" if counts[y][x] else "·"
            axes.text(x, y, text, ha="center", va="center", color=colour, fontsize=8)


def _curves(figure, points: Sequence[Point], theme: str) -> None:  # type: ignore[no-untyped-def]
    ground, ink, _ = INK[theme]
    axes = figure.add_subplot(facecolor=ground)
    counts = sorted({point.examples for point in points})
    for company in dict.fromkeys(point.company for point in points):
        mine = [point for point in points if point.company == company]
        places = [counts.index(point.examples) for point in mine]
        axes.plot(places, [point.accuracy for point in mine], marker="o", label=company)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts], color=ink)
    axes.set_xlabel("examples a route", color=ink)
    axes.set_ylabel("accuracy", color=ink)
    axes.set_ylim(0.5, 1.0)
    axes.set_title("What a company's own examples bring", color=ink)
    axes.tick_params(colors=ink)
    axes.grid(color=ink, alpha=0.15)
    for spine in axes.spines.values():
        spine.set_color(ink)
    axes.legend(facecolor=ground, labelcolor=ink, edgecolor=ink, fontsize=8)
