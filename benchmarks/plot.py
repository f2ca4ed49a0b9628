"""Charts as SVG text: bars for speed, lines for growth. Nothing to install, nothing to render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#2563eb", "#7c3aed", "#9ca3af", "#d1d5db", "#f59e0b")
WIDTH, HEIGHT = 540, 300  # of one chart, in pixels
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 56, 40
TICKS = 4


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel: a value a series for every position on the x axis."""

    title: str
    unit: str
    positions: Sequence[str]
    series: Mapping[str, Sequence[float]]
    lines: bool = False


def draw(charts: Sequence[Chart]) -> str:
    """The charts side by side, as one SVG document."""
    width = WIDTH * len(charts)
    panels = "".join(
        f'<g transform="translate({at * WIDTH},0)">{_panel(chart)}</g>'
        for at, chart in enumerate(charts)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}"'
        f' viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif" font-size="11" fill="#374151">'
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>{panels}</svg>\n'
    )


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten, for the end of an axis.

    >>> round_up(163), round_up(0.7), round_up(10)
    (200.0, 1.0, 10.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(f"{value:.0f}") - 1) if value >= 1 else 0.1
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _panel(chart: Chart) -> str:
    top = round_up(max((v for values in chart.series.values() for v in values), default=0))
    marks = _lines(chart, top) if chart.lines else _bars(chart, top)
    return _title(chart) + _grid(top) + marks + _names(chart)


def _title(chart: Chart) -> str:
    keys, x = "", float(LEFT)
    for at, name in enumerate(chart.series):
        keys += f'<rect x="{x}" y="30" width="9" height="9" fill="{_colour(at)}"/>'
        keys += f'<text x="{x + 13}" y="38">{escape(name)}</text>'
        x += 24 + 6.2 * len(name)
    heading = f"{escape(chart.title)} ({escape(chart.unit)})"
    return f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold">{heading}</text>{keys}'


def _grid(top: float) -> str:
    grid = ""
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        y = _y(value, top)
        grid += f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>'
        grid += f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    return grid


def _bars(chart: Chart, top: float) -> str:
    slot = _slot(chart)
    width = slot * 0.8 / len(chart.series)
    bars = ""
    for at, (name, values) in enumerate(chart.series.items()):
        for position, value in enumerate(values):
            x, y = LEFT + slot * (position + 0.1) + width * at, _y(value, top)
            height = HEIGHT - BOTTOM - y
            bars += (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width - 2:.1f}" height="{height:.1f}"'
                f' fill="{_colour(at)}"><title>{escape(name)}: {value:.1f}</title></rect>'
            )
    return bars


def _lines(chart: Chart, top: float) -> str:
    slot = _slot(chart)
    drawn = ""
    for at, values in enumerate(chart.series.values()):
        points = " ".join(
            f"{LEFT + slot * (position + 0.5):.1f},{_y(value, top):.1f}"
            for position, value in enumerate(values)
        )
        drawn += f'<polyline points="{points}" fill="none" stroke="{_colour(at)}"'
        drawn += ' stroke-width="2"/>'
    return drawn


def _names(chart: Chart) -> str:
    """Names under the axis, as many as fit."""
    slot, every = _slot(chart), max(1, len(chart.positions) // 8)
    return "".join(
        f'<text x="{LEFT + slot * (at + 0.5):.1f}" y="{HEIGHT - BOTTOM + 18}"'
        f' text-anchor="middle">{escape(name)}</text>'
        for at, name in enumerate(chart.positions)
        if at % every == 0
    )


def _slot(chart: Chart) -> float:
    return (WIDTH - LEFT - RIGHT) / max(1, len(chart.positions))


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _colour(at: int) -> str:
    return COLOURS[at % len(COLOURS)]
