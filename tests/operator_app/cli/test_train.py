"""`train`: files that members run, from a folder of measurements."""

import sys
from pathlib import Path

import pytest

from caravels_operator.cli import main
from caravels_operator.common.forecasting.consumption.card import check_model
from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.member.bundled import FILE_NAMES
from tests.operator_app.cli.test_evaluate import write_homes
from tests.operator_app.models.folders import naive_stamps, write_meta, write_table


def trained(folder: Path, *arguments: str) -> int:
    return main(["train", "--data", str(folder), "--out", str(folder / "models"), *arguments])


def test_models_are_written_that_pass_their_own_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_homes(tmp_path, "load_kwh.csv", 60, 2, "Europe/Lisbon")
    assert trained(tmp_path, "--leave-out", "10", "--about", "two homes of chance, CC0") == 0
    for horizon, name in FILE_NAMES.items():
        card = check_model(read_numpy((tmp_path / "models" / name).read_bytes()), horizon)
        assert (card.homes, card.trained_from, card.trained_until) == (2, "2025-08-01", "2025-09-19")
        assert card.data == "two homes of chance, CC0"
    assert "consumption_hour_ahead" in capsys.readouterr().out


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    write_homes(tmp_path, "load_kwh.csv", 45, 1, "Etc/GMT+8")
    name = FILE_NAMES[Horizon.DAY_AHEAD]
    assert trained(tmp_path) == 0
    once = (tmp_path / "models" / name).read_bytes()
    assert trained(tmp_path) == 0
    assert (tmp_path / "models" / name).read_bytes() == once


def test_where_nothing_can_be_learnt_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_homes(tmp_path, "load_kwh.csv", 20, 1, "UTC")
    assert trained(tmp_path) == 2
    assert "No home has more than 28 measured days" in capsys.readouterr().err
    stamps = naive_stamps("2025-08-01 00:00", 50 * 24)
    write_table(tmp_path / "load_kwh.csv", ("start", "empty"), [(stamp, 0) for stamp in stamps])
    assert trained(tmp_path) == 2
    assert "No home used anything" in capsys.readouterr().err
    (tmp_path / "load_kwh.csv").rename(tmp_path / "pv_kwh.csv")
    assert trained(tmp_path) == 2
    assert "no home in load_kwh.csv" in capsys.readouterr().err
    write_meta(tmp_path, "Nowhere/City")
    assert trained(tmp_path) == 2
    assert "tz must be" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_in_the_running_app_it_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_homes(tmp_path, "load_kwh.csv", 45, 1, "UTC")
    for module in ("caravels_operator.models.training", "caravels_operator.models.export"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert trained(tmp_path) == 2
    assert "training needs onnx" in capsys.readouterr().err
