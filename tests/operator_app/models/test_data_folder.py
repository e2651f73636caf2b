"""A folder of measurements, against hours that are placed by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from caravels_operator.common.forecasting.forecast import Target
from caravels_operator.common.forecasting.series import Series
from caravels_operator.common.forecasting.weather import Site
from caravels_operator.models.data_folder import DataFolder, read_data_folder
from caravels_operator.models.data_table import DataWrong
from tests.operator_app.models.folders import naive_stamps, write_meta, write_table


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def load_of(folder: Path, rows: list[tuple[object, ...]], zone: str = "Europe/Lisbon", home: str = "a") -> Series:
    """Write rows (stamp, kWh) of one home and read them back."""
    write_meta(folder, zone)
    write_table(folder / "load_kwh.csv", ("start", home), rows)
    return read_data_folder(folder).series[Target.CONSUMPTION][home]


def test_hours_of_a_fixed_zone_are_read_with_what_the_folder_says_of_itself(tmp_path: Path) -> None:
    write_meta(tmp_path, "Etc/GMT+8", pv_kwp={"a": 4.5}, exclude_load=["b"], exclude_pv=["a"])
    write_table(
        tmp_path / "load_kwh.csv",
        ("start_pst", "a", "b"),
        [("2016-07-31 23:00:00", 2.25, 1), ("2016-08-01 00:00:00", 0.5, 2)],
    )
    write_table(tmp_path / "pv_kwh.csv", ("whatever", "a", "b"), [("2016-08-01 12:00:00", 1, 3.25)])
    folder = read_data_folder(tmp_path)
    assert list(folder.series[Target.CONSUMPTION]) == ["a"]
    assert list(folder.series[Target.GENERATION]) == ["b"]
    load = folder.series[Target.CONSUMPTION]["a"]
    assert (load.first, load.wh.tolist()) == (utc("2016-08-01 07:00"), [2250.0, 500.0])
    pv = folder.series[Target.GENERATION]["b"]
    assert (pv.first, pv.wh.tolist()) == (utc("2016-08-01 20:00"), [3250.0])
    assert (folder.site, folder.pv_wp, folder.weather) == (Site(38.72, -9.14), {"a": 4500.0}, {})


def test_half_hours_are_summed_and_an_hour_of_which_a_half_is_missing_is_unknown(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("2025-01-10 00:30", 0.1),  # its first half is not there
        ("2025-01-10 01:00", 0.2),
        ("2025-01-10 01:30", 0.3),
        ("2025-01-10 02:00", ""),
        ("2025-01-10 02:30", 0.4),
        ("2025-01-10 03:00", 0.5),
        ("2025-01-10 03:30", 0.0),
        ("2025-01-10 04:00", 0.9),  # and its second half is not
    ]
    series = load_of(tmp_path, rows)
    assert series.first == utc("2025-01-10 00:00")
    np.testing.assert_allclose(series.wh, [np.nan, 500.0, np.nan, 500.0, np.nan])


def test_the_hour_that_clocks_skip_is_dropped_and_the_hour_that_comes_twice_is_two(tmp_path: Path) -> None:
    # Lisbon 2025: 01:00 does not exist on 30 March; 01:00 comes twice on 26 October.
    spring = load_of(tmp_path, [(stamp, n) for n, stamp in enumerate(naive_stamps("2025-03-30 00:00", 4))])
    assert spring.first == utc("2025-03-30 00:00")
    assert spring.wh.tolist() == [0.0, 2000.0, 3000.0]  # 00:00 WET, then 02:00 and 03:00 WEST

    stamps = ["2025-10-26 00:00", "2025-10-26 01:00", "2025-10-26 01:00", "2025-10-26 02:00"]
    autumn = load_of(tmp_path, [(stamp, n) for n, stamp in enumerate(stamps)])
    assert (autumn.first, autumn.wh.tolist()) == (utc("2025-10-25 23:00"), [0.0, 1000.0, 2000.0, 3000.0])

    once = load_of(tmp_path, [(stamp, n) for n, stamp in enumerate(stamps[:2] + stamps[3:])])
    np.testing.assert_allclose(once.wh, [0.0, 1000.0, np.nan, 2000.0])  # of 24 rows the second hour is not known


def test_half_hours_south_of_the_equator_through_both_changes(tmp_path: Path) -> None:
    # Sydney: 02:00-03:00 is skipped on 5 October 2025, and comes twice on 6 April 2025.
    stamps = naive_stamps("2025-04-06 01:00", 6, 30)
    doubled = [*stamps[:2], *stamps[2:4], *stamps[2:4], *stamps[4:]]
    autumn = load_of(tmp_path, [(stamp, n) for n, stamp in enumerate(doubled)], "Australia/Sydney")
    assert autumn.first == utc("2025-04-05 14:00")
    assert autumn.wh.tolist() == [1000.0, 5000.0, 9000.0, 13000.0]

    spring = load_of(
        tmp_path, [(stamp, n) for n, stamp in enumerate(naive_stamps("2025-10-05 01:00", 6, 30))], "Australia/Sydney"
    )
    assert spring.first == utc("2025-10-04 15:00")
    assert spring.wh.tolist() == [1000.0, 9000.0]


def test_a_zone_off_by_half_an_hour_keeps_its_own_hours(tmp_path: Path) -> None:
    series = load_of(tmp_path, [("2025-05-01 00:00", 1), ("2025-05-01 01:00", 2)], "Asia/Kolkata")
    assert (series.first, series.wh.tolist()) == (utc("2025-04-30 18:30"), [1000.0, 2000.0])


def test_stamps_may_have_a_t_no_seconds_an_offset_and_any_order(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("2025-06-01T03:00:00+02:00", 3),  # 02:00 in Lisbon
        ("2025-06-01T00:00", 1),
        ("2025-06-01T00:00:00Z", 2),  # 01:00 in Lisbon
        ("2025-06-01 05:00", 5),
    ]
    series = load_of(tmp_path, rows)
    assert series.first == utc("2025-05-31 23:00")
    np.testing.assert_allclose(series.wh, [1000.0, 2000.0, 3000.0, np.nan, np.nan, 5000.0])


def test_what_is_not_known_is_nan(tmp_path: Path) -> None:
    cells = ["", "nan", "NaN", "NA", "null", "None", " ", "0"]
    series = load_of(tmp_path, list(zip(naive_stamps("2025-06-01 00:00", len(cells)), cells, strict=True)))
    assert np.isnan(series.wh).tolist() == [True] * 7 + [False]


def weather_of(folder: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> DataFolder:
    load_of(folder, [("2025-06-01 00:00", 1)])
    write_table(folder / "weather_forecast.csv", header, rows)
    return read_data_folder(folder)


def test_weather_is_grouped_by_issue_and_by_home(tmp_path: Path) -> None:
    header = ("issue", "start", "site", "temperature", "cloud_cover", "humidity")
    rows: list[tuple[object, ...]] = [
        ("2025-06-01 12:00", "2025-06-02 01:00", "a", 15, 90, ""),
        ("2025-06-01 12:00", "2025-06-02 03:00", "a", 17, 70, 40),
        ("2025-06-01 06:00", "2025-06-02 01:00", "a", 14, 80, 50),
        ("2025-06-01 12:00", "2025-06-02 01:00", "b", 25, 10, 60),
    ]
    folder = weather_of(tmp_path, header, rows)
    early, late = folder.weather_of("a")
    assert (early.issued_at, late.issued_at) == (utc("2025-06-01 05:00"), utc("2025-06-01 11:00"))
    assert late.first == utc("2025-06-02 00:00")
    np.testing.assert_allclose(late.cloud_cover, [90, np.nan, 70])
    np.testing.assert_allclose(late.temperature, [15, np.nan, 17])
    np.testing.assert_allclose(late.humidity, [np.nan, np.nan, 40])
    assert [each.cloud_cover.tolist() for each in folder.weather_of("b")] == [[10.0]]
    assert folder.weather_of("c") == ()


def test_weather_without_homes_is_of_all_of_them_and_units_may_stand_in_the_header(tmp_path: Path) -> None:
    header = ("start_local", "issue", "cloud_cover %", "temperature C", "humidity_percent")
    rows: list[tuple[object, ...]] = [
        ("2025-10-26 01:00", "2025-10-25 12:00", 1, 1, 1),  # comes twice in Lisbon
        ("2025-10-26 01:00", "2025-10-25 12:00", 2, 2, 2),
        ("2025-10-26 02:00", "2025-10-25 12:00", 3, 3, 3),
        ("2025-10-26 02:30", "2025-10-25 12:00", 5, 3, 3),  # within the same hour
    ]
    folder = weather_of(tmp_path, header, rows)
    (forecast,) = folder.weather_of("anyone")
    assert forecast.first == utc("2025-10-26 00:00")
    assert forecast.cloud_cover.tolist() == [1.0, 2.0, 4.0]


def test_synthetic_weather_is_not_read(tmp_path: Path) -> None:
    load_of(tmp_path, [("2025-06-01 00:00", 1)])
    (tmp_path / "weather_forecast_SYNTH.csv").write_text("not,even\na,table,at,all\n")
    assert read_data_folder(tmp_path).weather == {}


def pv_of(folder: Path, weather: str = "") -> DataFolder:
    """Write two plants, and a weather file if there is one."""
    write_meta(folder, "UTC", exclude_pv=["c"])
    rows = [("2025-06-01 00:00", -0.5, 0, -9), ("2025-06-01 01:00", 2, 1, -9)]
    write_table(folder / "pv_kwh.csv", ("start", "a", "b", "c"), rows)
    if weather:
        (folder / "weather_forecast.csv").write_text(weather)
    return read_data_folder(folder)


def test_what_a_plant_uses_at_night_is_no_generation_and_is_told(tmp_path: Path) -> None:
    folder = pv_of(tmp_path)
    assert [series.wh.tolist() for series in folder.series[Target.GENERATION].values()] == [
        [0.0, 2000.0],
        [0.0, 1000.0],
    ]
    assert folder.notes == (
        "pv_kwh.csv: 1 negative values of a (down to -0.5) are taken as 0: what a plant uses itself is no generation.",
    )


def test_a_negative_consumption_is_unknown_and_told(tmp_path: Path) -> None:
    series = load_of(tmp_path, [("2025-06-01 00:00", 1), ("2025-06-01 01:00", -0.2), ("2025-06-01 02:00", 3)])
    np.testing.assert_allclose(series.wh, [1000.0, np.nan, 3000.0])
    (note,) = read_data_folder(tmp_path).notes
    assert "1 negative values of a (down to -0.2) are taken as unknown" in note


def test_the_only_place_of_a_weather_file_is_every_homes(tmp_path: Path) -> None:
    row = "2025-06-01 01:00,2025-06-01 00:00,40,{}\n"
    head = "start,issue,cloud_cover,site\n"
    folder = pv_of(tmp_path, head + row.format("the town"))
    assert [each.cloud_cover.tolist() for each in folder.weather_of("b")] == [[40.0]]
    assert "is of 'the town', which is no home" in folder.notes[-1]
    folder = pv_of(tmp_path, head + row.format("a"))
    assert folder.weather_of("b") == ()
    assert folder.notes[-1] == "weather_forecast.csv has nothing for b: without weather."
    folder = pv_of(tmp_path, head + row.format("a") + row.format(""))
    assert len(folder.weather_of("b")) == 1
    assert len(folder.notes) == 1  # of the negative value alone
    assert "has no rows" in pv_of(tmp_path, head).notes[-1]


def test_cloud_cover_that_looks_like_a_share_is_told(tmp_path: Path) -> None:
    folder = pv_of(tmp_path, "start,issue,cloud_cover\n2025-06-01 01:00,2025-06-01 00:00,0.9\n")
    assert folder.notes[-1].endswith("cloud_cover is never above 0.9; is it a share? It is read as %.")


FINE = "start,a\n2025-06-01 00:00,1\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("start,a\n2025-06-01 00:00,-1\n", "a is more negative than positive"),
        ("start,a\n2025-06-01 00:10,1\n", "neither on the hour nor on the half hour"),
        ("start,a\n2025-06-01 00:30,1\n2025-06-01 01:30,1\n", "every stamp is on the half hour"),
        ("start,a\n2025-06-01 00:00,1\n2025-06-01 00:00,2\n", "line 3: the stamp '2025-06-01 00:00' comes twice"),
        ("start,a\nyesterday,1\n", "line 2: 'yesterday' is no stamp"),
        ("start,a\n2025-06-01 00:00,much\n", "line 2: a is no number ('much')"),
        ("start,a\n2025-06-01 00:00,inf\n", "line 2: a is no number ('inf')"),
        ("start,a\n2025-06-01 00:00,1,2\n", "line 2: 3 cells, but the header has 2"),
        ("start,a,a\n2025-06-01 00:00,1,2\n", "'a' is not a name of one column"),
        ("start;a\n2025-06-01 00:00;1\n", "needs a header"),
        ("start,a\n", "has no rows"),
        ("", "needs a header"),
        ("start,a\n1925-06-01 00:00,1\n2025-06-01 00:00,1\n", "more than 30 years"),
        ("start,a\n2025-03-30 01:00,1\n", "no hour that exists in Europe/Lisbon"),
    ],
)
def test_a_wrong_table_is_refused_in_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    write_meta(tmp_path, "Europe/Lisbon")
    (tmp_path / "load_kwh.csv").write_text(content)
    with pytest.raises(DataWrong) as refused:
        read_data_folder(tmp_path)
    assert sentence in str(refused.value)
    assert "load_kwh.csv" in str(refused.value)


def test_bytes_that_are_no_text_and_a_folder_for_a_file_are_refused(tmp_path: Path) -> None:
    write_meta(tmp_path, "Europe/Lisbon")
    (tmp_path / "load_kwh.csv").write_bytes(b"start,a\n\xff\xfe\x00,1\n")
    with pytest.raises(DataWrong, match="cannot be read"):
        read_data_folder(tmp_path)
    (tmp_path / "load_kwh.csv").unlink()
    (tmp_path / "load_kwh.csv").mkdir()
    with pytest.raises(DataWrong, match="cannot be read"):
        read_data_folder(tmp_path)


@pytest.mark.parametrize(
    ("meta", "sentence"),
    [
        (None, "it says in which zone"),
        ("{", "cannot be read"),
        ("[]", "is not a JSON object"),
        ("{}", "tz must be the IANA name"),
        ('{"tz": "Europe/Nowhere"}', "and is 'Europe/Nowhere'"),
        ('{"tz": "UTC", "lat": 91, "lon": 0}', "lat and lon must be degrees"),
        ('{"tz": "UTC", "lat": 1}', "lat and lon must be degrees"),
        ('{"tz": "UTC", "pv_kwp": {"a": "4"}}', "pv_kwp must give a positive number"),
        ('{"tz": "UTC", "pv_kwp": [4]}', "pv_kwp must give a positive number"),
        ('{"tz": "UTC", "exclude_load": "a"}', "exclude_load must be a list of names"),
    ],
)
def test_a_wrong_meta_file_is_refused_in_a_sentence(tmp_path: Path, meta: str | None, sentence: str) -> None:
    (tmp_path / "load_kwh.csv").write_text(FINE)
    if meta is not None:
        (tmp_path / "meta.json").write_text(meta)
    with pytest.raises(DataWrong) as refused:
        read_data_folder(tmp_path)
    assert sentence in str(refused.value)


def test_a_place_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / "load_kwh.csv").write_text(FINE)
    (tmp_path / "meta.json").write_text(json.dumps({"tz": "UTC"}))
    assert read_data_folder(tmp_path).site is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("start,issue\n2025-06-01 00:00,2025-06-01 00:00\n", "has no column cloud_cover"),
        ("start,cloud_cover\n2025-06-01 00:00,1\n", "has no column issue"),
        ("start,issue,cloud_cover\n2025-06-01 00:00,2020-06-01 00:00,1\n", "over 35 days away"),
        ("start,issue,cloud_cover_low,cloud_cover_high\n1,2,3,4\n", "2 columns begin with cloud_cover"),
        ("start,issue,cloud_cover\n2025-06-01 00:00,2025-06-01 00:00,sunny\n", "cloud_cover is no number ('sunny')"),
    ],
)
def test_a_wrong_weather_file_is_refused_in_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    load_of(tmp_path, [("2025-06-01 00:00", 1)])
    (tmp_path / "weather_forecast.csv").write_text(content)
    with pytest.raises(DataWrong) as refused:
        read_data_folder(tmp_path)
    assert sentence in str(refused.value)


def test_clocks_that_change_by_half_an_hour_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataWrong, match="Lord_Howe change by a part of an hour"):
        load_of(tmp_path, [("2025-01-01 00:00", 1), ("2025-06-01 00:00", 1)], "Australia/Lord_Howe")


def test_no_folder_and_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(DataWrong, match="There is no folder"):
        read_data_folder(tmp_path / "elsewhere")
    with pytest.raises(DataWrong, match=r"neither load_kwh\.csv nor pv_kwh\.csv"):
        read_data_folder(tmp_path)
