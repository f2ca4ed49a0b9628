"""Medians, ratios and charts of measurements that are known beforehand."""

import json
from itertools import product
from math import isnan
from xml.etree import ElementTree as ET

from rich.console import Console

from benchmarks.growth import Growth, Point
from benchmarks.plot import Chart, draw
from benchmarks.report import as_json, growth_table, speed_table, summarise
from benchmarks.rounds import Measurement

SPEEDS = {
    ("ours", 1): 30.0,
    ("baseline", 1): 10.0,
    ("ours", 2): 40.0,
    ("baseline", 2): 20.0,
    ("ours", 3): 99.0,
    ("baseline", 3): 90.0,
}


def measurement(
    target: str, round_: int, speed: float, concurrency: int = 8, foreign: float = 0.01
) -> Measurement:
    return Measurement(
        target=target,
        round=round_,
        concurrency=concurrency,
        growing=False,
        answered=100,
        errors=1 if round_ == 2 else 0,
        error_texts=(),
        turns_per_s=speed,
        p50_ms=1000 / speed,
        p95_ms=0,
        p99_ms=0,
        cpu_ms=0,
        postgres_cpu_ms=0,
        writes=4,
        wal_kb=0,
        rss_mb=0,
        foreign_share=foreign,
    )


MEASURED = [measurement(target, round_, speed) for (target, round_), speed in SPEEDS.items()]


def test_the_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_medians() -> None:
    ours, baseline = summarise(MEASURED)
    assert (ours.target, ours.figures["turns_per_s"], ours.errors) == ("ours", 40.0, 1)
    assert list(ours.speed_ratios) == [3.0, 2.0, 1.1]
    assert (ours.speed_ratio, baseline.speed_ratio) == (2.0, 1.0)


def test_without_a_baseline_there_is_no_ratio() -> None:
    (line,) = summarise([measurement("ours", 1, 10.0)])
    assert isnan(line.speed_ratio)


def test_a_disturbed_round_is_left_out_for_all_targets_while_a_quiet_one_remains() -> None:
    disturbed = [measurement("ours", 4, 1.0), measurement("baseline", 4, 1.0, foreign=0.4)]
    assert [line.rounds for line in summarise([*MEASURED, *disturbed])] == [3, 3]
    (line, _) = summarise(disturbed)
    assert (line.rounds, line.figures["turns_per_s"]) == (1, 1.0)


def test_loads_are_kept_apart() -> None:
    lines = summarise([measurement("ours", 1, 10.0, c) for c in (1, 8)])
    assert [line.concurrency for line in lines] == [1, 8]


def test_tables_can_be_printed_and_records_written() -> None:
    lines = summarise(MEASURED)
    early, late = Point(20, 2.0, 0.5, 5.0), Point(500, 3.0, 0.5, 20.0)
    grown = Growth(target="ours", threads=4, early=early, late=late, curve=[early, late])
    console = Console(width=132)
    with console.capture() as printed:
        console.print(speed_table(lines))
        console.print(growth_table([grown]))
    assert "2.00" in printed.get()
    written = json.loads(json.dumps(as_json([*lines, grown])))
    assert written[0]["speed_ratio"] == 2.0
    assert (written[-1]["cpu_ratio"], written[-1]["wal_ratio"]) == (1.5, 4.0)


def test_a_chart_is_well_formed_and_nothing_leaves_its_panel() -> None:
    series = {"<ours> & co": [1.0, 163.0], "base": [0.0, 0.3]}
    charts = [Chart("Speed", "turns/s", ["1", "8"], series, lines=lines) for lines in (False, True)]
    root = ET.fromstring(draw(charts))
    space = "{http://www.w3.org/2000/svg}"
    bars = root.findall(f"{space}g/{space}rect[{space}title]")
    assert len(bars) == 4
    assert all(float(bar.attrib["height"]) >= 0 for bar in bars)
    points = [p.attrib["points"].split() for p in root.iter(f"{space}polyline")]
    for (x, y), _ in product([pair.split(",") for pair in points[0]], [0]):
        assert 0 < float(x) < 540
        assert 0 < float(y) < 300
