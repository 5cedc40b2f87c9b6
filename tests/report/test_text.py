"""The text report: the facts of a known run, legible in any console, nothing taken for markup."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from chipsim.report.text import render
from chipsim.result import Result


def printed(result: Result, width: int = 100, full: bool = False, folder: str | None = None) -> str:
    stream = io.StringIO()
    render(result, Console(file=stream, width=width, color_system=None), full=full, folder=folder)
    return stream.getvalue()


def row_of(text: str, start: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.strip().startswith(start))


def test_golden_facts(result: Result) -> None:
    text = printed(result)
    assert text.startswith("lenet on pcm-64\n")
    assert row_of(text, "latency")[1:3] == ["29.4", "us"]
    assert row_of(text, "peak efficiency")[2:4] == ["9,760", "GOP/s/W"]
    assert row_of(text, "peak density")[2:4] == ["1.59", "TOP/s/mm2"]
    assert row_of(text, "conv2  ")[1:8] == ["4", "2", "x", "1", "250", "x", "50"]
    assert row_of(text, "conv1   conv2d")[2:8] == ["288", "k", "22.4", "us", "18.7", "us"]
    assert row_of(text, "adc")[1:5] == ["365", "nJ", "43.7", "%"]
    assert row_of(text, "1 month")[2:8] == ["97.50", "+-", "0.09", "%", "1.43", "points"]
    assert "crossbar of layer conv1, busy 98.9 % of the interval." in text
    assert "37 tiles are free" in text
    assert "mesh 8 x 8, calendar; busiest link in use 28.9 % of the time." in text
    assert "CHECKS: 3 PASSED, 0 FAILED" in text
    assert "- The host delivers inputs without waiting." in text
    assert "architecture.tile.array.cell.area" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_console_and_no_number_is_cut(result: Result, width: int) -> None:
    text = printed(result, width, full=True)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    assert "0.00623 TOP/s/mm2" in text


def test_a_pipe_gets_plain_ascii(result: Result) -> None:
    text = printed(result, 80, full=True)
    assert text.isascii()
    assert "\x1b" not in text


def test_colour_changes_no_word(result: Result) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system="standard", record=True)
    render(result, console)
    assert "\x1b[" in stream.getvalue()
    assert console.export_text().replace("█", "#") == printed(result, 80)


def test_full_lists_every_placement(result: Result) -> None:
    lines = [line.split() for line in printed(result, full=True).splitlines()]
    assert ["fc1", "0", "3-1", "23", "600", "..", "799", "250", "..", "499", "76.3", "%"] in lines
    assert not any("600" in line for line in printed(result).splitlines())


def test_names_are_not_markup(changed: Callable[..., Result]) -> None:
    bottleneck = {"stage": "[red]adc[/]", "layer": ":smile:", "utilisation": 1.0, "advice": "see [link=x]here[/link]\x1b[2J"}
    text = printed(changed(bottleneck=bottleneck))
    assert "[red]adc[/] of layer :smile:, busy 100.0 % of the interval." in text
    assert "see [link=x]here[/link]?[2J" in text


def test_failed_checks_and_warnings_stand_out(changed: Callable[..., Result]) -> None:
    checks = [{"name": "sums", "passed": False, "detail": "1 J missing"}]
    network = {"topology": "ring", "flow_control": "calendar", "peak_utilisation": 0.9, "warning": "above 60 %"}
    text = printed(changed(checks=checks, network=network))
    assert "CHECKS: 0 PASSED, 1 FAILED" in text
    assert row_of(text, "FAILED") == ["FAILED", "sums", "1", "J", "missing"]
    assert "Warning: above 60 %" in text


def test_a_run_without_data_says_so(changed: Callable[..., Result]) -> None:
    text = printed(changed(accuracy=[]))
    assert "Not measured: the run had no data." in text
    assert "Float network" not in text


def test_retries_are_shown_where_there_are_any(result: Result, changed: Callable[..., Result]) -> None:
    assert "retries" not in printed(result)
    text = printed(changed(layers=[row | {"retries": 0.25} for row in result.layers]))
    assert row_of(text, "fc3     linear")[-2:] == ["0.25", "17.4"]


def test_signal_to_noise_is_shown_where_there_is_noise(result: Result, changed: Callable[..., Result]) -> None:
    assert row_of(printed(result), "fc3     linear")[-1] == "17.4"
    text = printed(changed(layers=[row | {"snr": None} for row in result.layers]))
    assert "SNR" not in text
    assert row_of(text, "fc3     linear")[-1] == "%"  # the share of the energy


@pytest.mark.parametrize("width", [60, 80])
def test_rare_columns_leave_the_names_of_layers(changed: Callable[..., Result], result: Result, width: int) -> None:
    assert row_of(printed(result, width), "conv2")[0] == "conv2"
    lines = printed(changed(layers=[row | {"clipped": 0.01} for row in result.layers]), width).split("LAYERS\n")[1].splitlines()
    assert [line.split()[0] for line in lines[2:7]] == ["conv1", "conv2", "fc1", "fc2", "fc3"]


def test_upkeep_is_shown_where_there_is_any(result: Result, changed: Callable[..., Result]) -> None:
    text = printed(result)
    assert row_of(text, "calibrate")[1:] == ["1", "d", "34", "us", "41", "uJ", "<0.1", "%"]
    assert row_of(text, "program  ")[1:] == ["1", "month", "1.6", "ms", "410", "uJ", "<0.1", "%"]
    assert "UPKEEP" not in printed(changed(upkeep=[]))


def test_limits_of_the_mean_and_yield(result: Result, changed: Callable[..., Result]) -> None:
    assert row_of(printed(result), "1 month")[8:] == ["97.39", "-", "97.61"]
    assert "over 5 repeats" in printed(result)
    assert "Yield" not in printed(result)
    rows = [row | {"chips": row["values"][:2], "values": row["values"][:4], "yield": 0.5} for row in result.accuracy]
    text = printed(changed(accuracy=rows))
    assert "Yield: 50 % after 1 s, 50 % after 1 h" in text
    assert "over 2 chips with 2 programmings each" in text
    single = printed(changed(accuracy=[row | {"values": row["values"][:1], "low": None, "high": None} for row in result.accuracy]))
    assert "95 %" not in single


def test_many_assumed_numbers_are_cut_short_unless_all_are_wanted(changed: Callable[..., Result]) -> None:
    run = changed(assumed=[{"key": f"key{index}", "value": "1", "source": "assumed"} for index in range(40)])
    assert "... and 28 more" in printed(run)
    assert "key39" not in printed(run)
    assert "key39" in printed(run, full=True)


def test_the_folder_is_named_on_one_line(result: Result) -> None:
    folder = "/a/very/long/path" * 10
    assert f"Run folder: {folder}\n" in printed(result, 80, folder=folder)
    assert "Run folder" not in printed(result)


def test_digital_layers_may_leave_numbers_out(result: Result, changed: Callable[..., Result]) -> None:
    pool = {"layer": "pool1", "type": "pool", "tiles": 0, "copies": 0, "vectors": 0, "macs": 0, "latency": None, "busy": None}
    pool |= {"utilisation": None, "energy": 0.0, "retries": None, "snr": None}
    assert row_of(printed(changed(layers=[*result.layers, pool])), "pool1") == [
        "pool1", "pool", "-", "-", "-", "-", "0", "J", "-",
    ]  # fmt: skip


def test_the_reloaded_run_has_the_same_report(result: Result) -> None:
    assert printed(Result.from_json(result.to_json()), full=True) == printed(result, full=True)
