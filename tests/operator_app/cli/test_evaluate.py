"""`evaluate` on folders as people have them: what it prints last, what it leaves behind, what it refuses."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from caravels_operator.cli import evaluate as command
from caravels_operator.cli import main
from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.models.training import train
from caravels_operator.virtual.measured import shared_data_folder
from tests.operator_app.models.folders import naive_stamps, write_meta, write_table

KEYS = [
    "mae", "nmae", "nrmse", "mase", "energy_ratio", "community_nmae", "cover80", "skill_last_week", "skill_mean7",
]  # fmt: skip

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `evaluate` on the folder; return its exit code and what it printed."""

    def work(*arguments: str) -> tuple[int, str, str]:
        code = main(["evaluate", "--data", str(tmp_path), "--out", str(tmp_path / "out"), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return work


def energies(days: int, seed: int, step: int = 1) -> list[float]:
    """Return kWh of a home that is up in the evening, with chance in it."""
    chance = np.random.default_rng(seed)
    hour = np.arange(days * 24 * step) / step % 24
    level = 0.2 + 0.8 * np.exp(-(((hour - 19) / 3) ** 2))
    return [round(float(value), 4) for value in level * chance.gamma(4, 0.25, hour.size) / step]


def write_homes(folder: Path, name: str, days: int, homes: int, zone: str, step: int = 1) -> None:
    write_meta(folder, zone)
    stamps = naive_stamps("2025-08-01 00:00", days * 24 * step, 60 // step)
    columns = [energies(days, seed, step) for seed in range(homes)]
    write_table(folder / name, ("when", *(f"h{n}" for n in range(homes))), zip(stamps, *columns, strict=True))


def test_the_last_line_is_json_with_figures_that_a_program_reads(tmp_path: Path, run: Run) -> None:
    write_homes(tmp_path, "load_kwh.csv", 90, 2, "Europe/Lisbon")  # with the hour of 26 October that comes twice, once
    code, out, err = run("--test-days", "10")
    last = json.loads(out.splitlines()[-1])
    assert (code, err, list(last)) == (0, "", KEYS)
    assert all(math.isfinite(value) for value in last.values())
    assert 0.5 < last["cover80"] < 1
    assert 0.8 < last["energy_ratio"] < 1.2
    assert last["skill_last_week"] > 0.05  # of chance nothing can be known: means beat single days
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert written["result"] == last
    assert (written["first_day"], written["last_day"]) == ("2025-10-20", "2025-10-29")
    assert written["rows"][0]["hours"] == 10 * 24  # of the 25 hours of the 26th one is not known
    assert "mean_7_days" in out


def test_half_hours_of_generation_with_weather_in_a_southern_zone(tmp_path: Path, run: Run) -> None:
    write_homes(tmp_path, "pv_kwh.csv", 70, 1, "Australia/Sydney", step=2)
    stamps = naive_stamps("2025-08-02 00:00", 69 * 24)
    rows = [(stamp, f"{naive_stamps(stamp[:10], 1, 1)[0][:10]} 00:00", 50, 15, 60) for stamp in stamps]
    header = ("start", "issue", "cloud_cover", "temperature", "humidity")
    write_table(tmp_path / "weather_forecast.csv", header, rows)
    code, out, err = run("--target", "generation", "--test-days", "5", "--issue-hour", "24")
    last = json.loads(out.splitlines()[-1])
    assert (code, err, list(last)) == (0, "", KEYS)
    assert "in daylight" in out
    assert last["mae"] > 0


def test_hour_ahead_has_its_own_naive_methods(tmp_path: Path, run: Run) -> None:
    write_homes(tmp_path, "load_kwh.csv", 50, 1, "Etc/GMT+8")
    code, out, _ = run("--test-days", "3", "--horizon", "hour-ahead")
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert code == 0
    assert {"last_hour", "half_last_hour_half_7_days"} < {row["method"] for row in written["rows"]}
    assert list(json.loads(out.splitlines()[-1])) == KEYS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--test-days", "100"), "too few for 100 test days"),
        (("--homes", "h0,h9"), "has no home h9"),
        (("--target", "generation"), "There is no pv_kwh.csv"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(
    tmp_path: Path, run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    write_homes(tmp_path, "load_kwh.csv", 40, 1, "UTC")
    code, out, err = run(*arguments)
    assert (code, out.strip()) == (2, "")
    assert sentence in err
    assert err.startswith("caravels: ")
    assert err.count("\n") == 1


def test_a_damaged_folder_is_one_sentence_and_exit_code_2(tmp_path: Path, run: Run) -> None:
    write_homes(tmp_path, "load_kwh.csv", 1, 1, "UTC")
    (tmp_path / "load_kwh.csv").write_text("start,a\n2025-01-01 00:00,much\n")
    code, _, err = run()
    assert (code, err.count("\n")) == (2, 1)
    assert "line 2: a is no number" in err


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "target"), [("load_kwh.csv", "consumption"), ("pv_kwh.csv", "generation")])
def test_homes_of_which_nothing_can_be_told_are_null_and_say_nothing_on_the_error_stream(
    tmp_path: Path, run: Run, name: str, target: str
) -> None:
    write_meta(tmp_path, "Australia/Adelaide")
    stamps = naive_stamps("2025-08-01 00:00", 40 * 24)
    write_table(tmp_path / name, ("when", "zero", "[none]"), [(stamp, 0, "") for stamp in stamps])
    code, out, err = run("--target", target, "--test-days", "5")
    last = json.loads(out.splitlines()[-1])
    assert (code, err, last.pop("mae")) == (0, "", 0.0)
    assert set(last.values()) == {None}
    assert "[none] is left out: 0 hours are known before the test days" in out


def test_what_was_made_of_wrong_values_is_printed_and_written(tmp_path: Path, run: Run) -> None:
    write_homes(tmp_path, "load_kwh.csv", 40, 1, "UTC")
    lines = (tmp_path / "load_kwh.csv").read_text().splitlines()
    (tmp_path / "load_kwh.csv").write_text("\n".join([*lines[:-1], lines[-1].split(",")[0] + ",-0.1"]) + "\n")
    code, out, _ = run("--test-days", "5")
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert code == 0
    assert [note in out for note in written["notes"]] == [True]
    assert written["rows"][0]["hours"] == 5 * 24  # the last day lacks its last hour: it is no test day


@pytest.mark.parametrize("arguments", [("--issue-hour", "25"), ("--issue-hour", "noon"), ("--test-days", "0")])
def test_wrong_arguments_are_refused_before_anything_is_read(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as refused:
        run(*arguments)
    assert refused.value.code == 2


def test_days_that_the_model_learnt_from_are_refused_and_others_are_not(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_homes(tmp_path, "load_kwh.csv", 60, 2, "Etc/GMT+8")
    calendar, first = Calendar("Etc/GMT+8"), 1_754_035_200
    homes = {f"other name {n}": Series(first, np.array(energies(60, n)) * 1000) for n in range(2)}

    def use(files: dict[Horizon, bytes]) -> None:
        monkeypatch.setattr(command, "bundled_files", lambda: files)

    use(train(homes, calendar, until=first + 50 * 86_400))
    assert run("--test-days", "10")[0] == 0
    code, _, err = run("--test-days", "11")
    assert code == 2
    assert "was trained on test days of h0 (1), h1 (1)" in err
    assert run("--test-days", "11", "--horizon", "hour-ahead")[0] == 2


def test_the_shipped_model_is_judged_on_the_last_56_days_of_the_set_that_it_comes_from(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shared = shared_data_folder()
    if shared is None:
        pytest.skip("the shared data set fontana17 is not there")
    place = ["evaluate", "--data", str(shared / "fontana17"), "--out", str(tmp_path), "--homes", "h01,h13"]
    assert main(place) == 0
    assert list(json.loads(capsys.readouterr().out.splitlines()[-1])) == KEYS
    assert main([*place, "--test-days", "57"]) == 2
    assert "was trained on test days of h01 (1), h13 (1)" in capsys.readouterr().err
