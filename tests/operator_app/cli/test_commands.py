"""Each command of the command line: what it says, what it leaves behind, and its exit code."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from sqlalchemy import Connection

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.cli import main
from caravels_operator.common.member.bundled import bundled_files
from caravels_operator.common.protocol import parse_pairing_link
from caravels_operator.ledger import audit, members, meta, models, persons
from caravels_operator.ledger import tariffs as stored_tariffs
from caravels_operator.ledger.locks import FileLock
from caravels_operator.ledger.store import Ledger
from caravels_operator.models.registry import checked
from caravels_operator.reports.report import Report, write_report
from tests.operator_app.community.town import DAY, make_town

TARIFF: dict[str, Any] = {
    "name": "night",
    "parts": [
        {
            "kind": "energy",
            "schedule": {"bands": [[0, 150_000], [480, 250_000]], "valid_from": "2025-01-01"},
            "avoided_ppm": 900_000,
        }
    ],
    "feed_in": [{"bands": [[0, 40_000]], "valid_from": "2025-01-01"}],
}


class Place:
    """A folder with options and data, and the command line in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._capsys = capsys
        self.options(member_addresses=["op.example:8443", "10.8.0.1:8443"])

    @property
    def url(self) -> str:
        return f"sqlite:///{self.data / LEDGER_FILE}"

    def options(self, **options: object) -> None:
        (self.folder / "operator.json").write_text(json.dumps(options))

    def run(self, command: str, *arguments: str | Path) -> tuple[int, str, str]:
        """Run a command here; return its exit code and what it printed."""
        place = ("--options", self.folder / "operator.json", "--data", self.data)
        code = main([command, *map(str, arguments), *map(str, place)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def live_a_day(self) -> None:
        """Let a town trade and settle DAY in this ledger."""

        async def work() -> None:
            town = await make_town(ledger=Ledger.open(self.url, inline=True, create=True))
            await town.trade_a_day()
            await town.settle_a_day()
            await town.ledger.close()

        asyncio.run(work())

    def look[T](self, work: Callable[[Connection], T]) -> T:
        """Read the ledger."""
        return asyncio.run(self._opened(lambda ledger: ledger.read(work)))

    def write(self, work: Callable[[Connection], None]) -> None:
        """Write into the ledger."""
        asyncio.run(self._opened(lambda ledger: ledger.run(work)))

    async def _opened[T](self, use: Callable[[Ledger], Awaitable[T]]) -> T:
        ledger = Ledger.open(self.url, inline=True)
        try:
            return await use(ledger)
        finally:
            await ledger.close()


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, capsys)


def test_without_a_command_or_with_a_wrong_one_help_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["dance"], ["serve", "--colour", "blue"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    helped = capsys.readouterr().out
    members_own = ("invite", "revoke", "erase")
    for command in ("serve", "virtual", *members_own, "export", "backup", "restore", "verify", "migrate"):
        assert command in helped


# --- members ------------------------------------------------------------------------------------------------------


def test_an_invitation_enrols_a_member_once_and_prints_a_link_that_a_home_can_read(place: Place) -> None:
    tariff = place.folder / "tariff.json"
    tariff.write_text(json.dumps(TARIFF))
    new = ("--retailer", "galp", "--tariff", tariff, "--connection-w", "10350")
    code, out, _ = place.run("invite", "m01", *new)
    assert code == 0
    link = parse_pairing_link(out)
    assert link.addresses == ("op.example:8443", "10.8.0.1:8443")
    assert link.fingerprint
    (member,) = place.look(members.all)
    assert member == members.Member("m01", "galp", "night", 10_350, "active", member.joined_at)
    code, out, _ = place.run("invite", "m01")
    assert code == 0
    again = parse_pairing_link(out)
    assert (again.fingerprint, again.code != link.code) == (link.fingerprint, True)
    assert place.run("invite", "m02", *new)[0] == 0, "of a tariff that is known"
    assert len(place.look(stored_tariffs.all)) == 1


def test_what_an_invitation_lacks_is_said(place: Place) -> None:
    code, _, err = place.run("invite", "m01")
    assert (code, "m01 is new: say its --retailer and its --tariff." in err) == (1, True)
    tariff = place.folder / "tariff.json"
    for content in ("{}", "[]", "no json", json.dumps(TARIFF | {"parts": "all"})):
        tariff.write_text(content)
        code, _, err = place.run("invite", "m01", "--retailer", "galp", "--tariff", tariff)
        assert (code, err.startswith("caravels: ")) == (1, True), content
    code, _, err = place.run("invite", "m01", "--retailer", "galp", "--tariff", place.folder / "none.json")
    assert (code, "none.json" in err) == (1, True)
    tariff.write_text(json.dumps(TARIFF))
    for name in ("Maria", "", "m 1", "_x", "x" * 33):
        code, _, err = place.run("invite", name, "--retailer", "galp", "--tariff", tariff)
        assert code == 1, name
    assert place.look(members.all) == []
    place.options()
    code, _, err = place.run("invite", "m01")
    assert (code, "Set the option member_addresses" in err) == (1, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parts": []}, "it has no parts"),
        ({"feed_in": []}, "0 prices of its part feed-in"),
        ({"feed_in": [{"bands": [[0, 10**19]], "valid_from": "2025-01-01"}]}, "a price is over"),
        ({"feed_in": [{"bands": [[0, 25_000_001]], "valid_from": "2025-01-01"}]}, "a price is over 25000000"),
        ({"feed_in": [{"bands": [[0, 1]], "valid_from": "2025-01-01", "valid_until": "2026-01-01"}]}, "0 prices"),
        ({"parts": [TARIFF["parts"][0] | {"avoided_ppm": 1_000_001}]}, "avoided_ppm"),
        ({"parts": TARIFF["parts"] * 2}, "2 prices of its part energy"),
        ({"name": " "}, "its name is empty"),
    ],
)
def test_a_tariff_that_could_bill_nobody_is_refused_before_it_is_stored(
    place: Place, change: dict[str, object], said: str
) -> None:
    file = place.folder / "tariff.json"
    file.write_text(json.dumps(TARIFF | change))
    code, _, err = place.run("invite", "m01", "--retailer", "galp", "--tariff", file)
    assert (code, said in err, "tariff.json cannot be used" in err) == (1, True, True), err
    assert place.look(stored_tariffs.all) == []
    assert place.look(members.all) == []


def test_the_tariff_in_the_documents_is_one(place: Place) -> None:
    text = (Path(__file__).parents[3] / "docs" / "operator.md").read_text()
    file = place.folder / "tariff.json"
    file.write_text(text.partition("```json\n")[2].partition("```")[0])
    code, _, err = place.run("invite", "m01", "--retailer", "galp", "--tariff", file)
    assert code == 0, err


def test_the_next_years_prices_are_entered_and_those_that_have_passed_stay(place: Place) -> None:
    place.live_a_day()
    (known,) = place.look(stored_tariffs.all)
    tariff = json.loads(known.document)
    file = place.folder / "tariff.json"

    def enter() -> tuple[int, str, str]:
        file.write_text(json.dumps(tariff))
        return place.run("invite", "ana", "--tariff", file)

    assert enter()[0] == 0
    assert len(place.look(stored_tariffs.all)) == 1, "nothing new"
    tariff["feed_in"][0]["valid_until"] = "2090-01-01"
    tariff["feed_in"].append({"bands": [[0, 50_000]], "valid_from": "2090-01-01", "valid_until": None})
    assert enter()[0] == 0
    assert json.loads(place.look(stored_tariffs.all)[-1].document) == tariff
    tariff["feed_in"][0]["bands"] = [[0, 1]]
    code, _, err = enter()
    assert (code, "is known with other prices on 2026-07-06, which has passed" in err) == (1, True), err
    tariff["name"] = "other"
    code, _, err = enter()
    assert (code, "(ana has the tariff flat; this one is other)" in err) == (1, True)
    assert place.run("verify")[0] == 0


def test_a_member_that_could_not_be_billed_is_not_enrolled(place: Place) -> None:
    file = place.folder / "tariff.json"
    file.write_text(json.dumps(TARIFF))
    for wrong, said in (
        (("--retailer", " "), "The retailer needs a name"),
        (("--retailer", "a\nb"), "The retailer needs a name"),
        (("--retailer", "galp", "--connection-w", "-5"), "The connection needs a power"),
    ):
        code, _, err = place.run("invite", "m01", *wrong, "--tariff", file)
        assert (code, said in err) == (1, True), err
    code, _, err = place.run("invite", "Maria", "--retailer", "galp", "--tariff", file)
    assert (code, "A pseudonym is of small letters" in err) == (1, True), err
    assert place.look(members.all) == []
    assert place.run("invite", "m01", "--retailer", "galp", "--tariff", file)[0] == 0
    code, _, err = place.run("invite", "m01", "--retailer", "edp")
    assert (code, "m01 is supplied by galp; enrol it anew" in err) == (1, True)


def test_while_an_operator_serves_the_panel_is_named(place: Place) -> None:
    place.live_a_day()
    lock = FileLock(place.data / LEDGER_FILE)
    try:
        code, out, err = place.run("revoke", "ana")
    finally:
        lock.release()
    assert (code, out, "Another operator works with" in err, "in the operator's panel" in err) == (1, "", True, True)


def test_a_home_that_was_sent_away_is_given_no_link_that_would_not_work(place: Place) -> None:
    place.live_a_day()
    assert place.run("revoke", "ana")[0] == 0
    code, out, err = place.run("invite", "ana")
    assert (code, out, "This member was sent away for good" in err) == (1, "", True)


def test_a_member_is_sent_away_once_and_for_all(place: Place) -> None:
    place.live_a_day()
    code, out, _ = place.run("revoke", "ana")
    assert (code, out.startswith("ana is revoked: its token is void")) == (0, True)
    assert {row.id for row in place.look(members.all) if row.state == "revoked"} == {"ana"}
    code, _, err = place.run("revoke", "nobody")
    assert (code, err) == (1, "caravels: No member has this pseudonym. (nobody)\n")


def test_who_stands_behind_a_pseudonym_is_kept_apart_and_destroyed_when_asked(place: Place) -> None:
    place.live_a_day()
    assert place.run("invite", "ana", "--name", "Ana Reis", "--metering-point", " PT0002 ")[0] == 0
    assert place.run("invite", "ana", "--contact", "ana@example.org")[0] == 0, "what was not said again stays"
    assert place.run("invite", "ana")[0] == 0
    assert place.look(lambda c: persons.get(c, "ana")) == persons.Person("Ana Reis", "ana@example.org", "PT0002")
    assert b"Ana Reis" not in (place.data / LEDGER_FILE).read_bytes()
    code, _, err = place.run("invite", "ana", "--name", "Ana\nReis")
    assert (code, "need at most 200 characters in one line each. (name)" in err) == (1, True)

    code, out, _ = place.run("erase", "ana")
    assert (code, out.startswith("The personal data of ana is destroyed")) == (0, True)
    assert place.look(lambda c: persons.get(c, "ana")) is None
    acts = place.look(lambda c: audit.since(c, 0))
    assert (acts[-1].who, acts[-1].what, acts[-1].detail) == ("command line", "erase", "ana")
    assert place.run("erase", "ana")[:2] == (0, "There is no personal data of ana.\n")
    assert place.look(lambda c: audit.since(c, 0)) == acts, "nothing was destroyed, nothing is noted"
    code, _, err = place.run("erase", "nobody")
    assert (code, err) == (1, "caravels: No member has this pseudonym. (nobody)\n")
    assert place.run("verify")[0] == 0


# --- the ledger ---------------------------------------------------------------------------------------------------


def test_migrate_makes_a_ledger_and_leaves_one_that_is_there(place: Place) -> None:
    for _ in range(2):
        code, out, _ = place.run("migrate")
        assert (code, out) == (0, "The ledger is of this version.\n")
    assert place.look(members.all) == []


def test_verify_says_what_it_looked_at_and_what_is_wrong(place: Place) -> None:
    code, _, err = place.run("verify")
    assert (code, "There is no ledger at" in err) == (1, True)
    place.live_a_day()
    code, out, _ = place.run("verify")
    assert code == 0
    assert out.startswith("0 faults in 4 members, 1 entries, ")


def test_a_backup_is_restored_into_a_new_epoch_and_never_over_what_is_there_unasked(place: Place) -> None:
    place.live_a_day()
    epoch = place.look(meta.epoch)
    copy = place.folder / "copy.sqlite3"
    code, out, _ = place.run("backup", copy)
    assert (code, out) == (0, f"The ledger is copied to {copy} and the copy was verified.\n")
    code, _, err = place.run("restore", copy)
    assert (code, err.startswith("caravels: ")) == (1, True)
    code, out, _ = place.run("restore", copy, "--overwrite")
    assert code == 0
    fresh = place.look(meta.epoch)
    assert fresh != epoch
    assert f"its new epoch is {fresh}" in out
    assert place.run("verify")[0] == 0
    code, _, err = place.run("restore", place.folder / "none.sqlite3", "--overwrite")
    assert (code, err.startswith("caravels: ")) == (1, True)


def test_a_ledger_in_use_is_left_alone(place: Place) -> None:
    place.live_a_day()
    ledger = Ledger.open(place.url, inline=True)
    code, _, err = place.run("revoke", "ana")
    assert (code, "Another operator works with" in err) == (1, True)
    assert place.run("backup", place.folder / "copy.sqlite3")[0] == 0, "a backup needs no rest"
    asyncio.run(ledger.close())


# --- models -------------------------------------------------------------------------------------------------------


def test_models_are_published_listed_and_rolled_back(place: Place) -> None:
    bundled = {checked(data).name: checked(data) for data in bundled_files().values()}
    name = "consumption_day_ahead"
    place.live_a_day()
    code, out, _ = place.run("models", "list")
    assert (code, out.count("came with the operator  in force")) == (0, 2)
    model = onnx.load_model_from_string(bundled[name].data)
    for entry in model.metadata_props:
        entry.value = "2.0" if entry.key == "version" else entry.value
    file = place.folder / "ours.onnx"
    file.write_bytes(model.SerializeToString())
    code, out, _ = place.run("models", "publish", file)
    assert (code, out.splitlines()[0]) == (
        0,
        f"{name} 2.0 is in force: each home is offered it when it next connects.",
    )
    code, out, _ = place.run("models", "list")
    ours, theirs, other = out.splitlines()
    assert ours.startswith(f"{name} 2.0  ")
    assert ours.endswith(" by command line  in force")
    assert theirs.startswith(f"{name} {bundled[name].version}  ")
    assert theirs.endswith("came with the operator")
    assert other.endswith("came with the operator  in force")
    code, out, _ = place.run("models", "roll-back", name, bundled[name].version)
    assert (code, out) == (0, f"{name} {bundled[name].version} is in force again.\n")
    offers = place.look(lambda conn: [(offer.version, offer.offered_by) for offer in models.offers(conn)])
    assert offers == [(bundled[name].version, "command line")]
    acts = [act.what for act in place.look(lambda conn: audit.since(conn, 0)) if act.what.endswith("model")]
    assert acts == ["publish model", "roll back model"]
    report = models.Report("ana", name, "2.0", False, "Its self-test\x1b[2J fails.", 120, None, 28, 5)
    place.write(lambda conn: models.put_report(conn, report))
    assert place.run("models", "reports")[1] == (
        f"{name} 2.0  ana  not in use: Its self-test?[2J fails.; better than last week by 12.0 %, "
        "than the mean of 7 days by ? over 28 days\n"
    )


def test_a_model_that_cannot_be_published_is_said(place: Place) -> None:
    code, _, err = place.run("models", "list")
    assert (code, "There is no ledger in" in err) == (1, True)
    place.live_a_day()
    assert place.run("models", "reports")[1] == "No home has said anything of a model yet.\n"
    file = place.folder / "text.onnx"
    file.write_text("no model")
    code, _, err = place.run("models", "publish", file)
    assert (code, "text.onnx was not published." in err) == (1, True)
    code, _, err = place.run("models", "publish", place.folder / "nothing.onnx")
    assert (code, "nothing.onnx" in err) == (1, True)
    code, _, err = place.run("models", "roll-back", "consumption_day_ahead", "99")
    assert (code, err) == (
        1,
        "caravels: No such version of this model was published. (consumption_day_ahead 99)\n",
    )
    held = FileLock(place.data / LEDGER_FILE)
    code, _, err = place.run("models", "roll-back", "consumption_day_ahead", "99")
    assert (code, "Stop it first. It takes a moment" in err) == (1, True)
    held.release()


# --- reports ------------------------------------------------------------------------------------------------------


def test_export_writes_the_tables_of_settled_days(place: Place) -> None:
    place.live_a_day()
    out_folder = place.folder / "tables"
    code, out, _ = place.run("export", DAY.isoformat(), DAY.isoformat(), "--out", out_folder)
    assert code == 0
    files = sorted(path.name for path in out_folder.rglob("*.csv"))
    assert out.endswith(f"are in {out_folder}.\n")
    assert "transactions.csv" in files
    with (out_folder / "transactions.csv").open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) > 24


def test_what_cannot_be_exported_is_said(place: Place) -> None:
    code, _, err = place.run("export", "2026-07-07", "2026-07-08")
    assert (code, "There is no ledger in" in err) == (1, True)
    place.live_a_day()
    code, _, err = place.run("export", "2026-07-08", "2026-07-07")
    assert (code, err) == (1, "caravels: The last day is before the first.\n")
    with pytest.raises(SystemExit) as end:
        place.run("export", "yesterday", "today")
    assert end.value.code == 2


def test_virtual_reports_on_a_community_and_leaves_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    arguments = ["virtual", "--members", "6", "--days", "2", "--start", "2026-07-06", "--out", str(out), "--seed", "3"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "6 members, 2 days from 2026-07-06, seed 3." in said
    assert "Real households:" in said
    assert any(out.rglob("*.csv"))
    assert any(out.rglob("*.png"))
    assert "Trace " in said


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"settled_days": 0}, "None of 1 days were settled."),
        ({"accounts_sum_micro": 1}, "The ledger does not close."),
        ({"faults": ("entry 3 was changed",)}, "The ledger does not close."),
        ({"worse_off": 1}, "1 of 2 members paid more than alone, though no_loss is on."),
    ],
)
def test_virtual_fails_and_says_why_when_its_report_is_not_sound(
    found: dict[str, Any],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write_worse(*arguments: Any) -> Report:
        report = write_report(*arguments)
        return replace(report, summary=replace(report.summary, **found))

    monkeypatch.setattr("caravels_operator.cli.virtual.write_report", write_worse)
    arguments = ["virtual", "--members", "2", "--days", "1", "--start", "2026-07-06", "--out", str(tmp_path / "report")]
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--days", "0"], "--days must be at least 1."),
        (["--members", "0"], "at least one member"),
        (["--scenario", "nowhere"], "nowhere"),
        (["--data", "/nowhere/at/all"], "There is no folder /nowhere/at/all."),
    ],
)
def test_what_virtual_cannot_do_is_said(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["virtual", *arguments, "--out", str(tmp_path / "report")]) == 1
    err = capsys.readouterr().err
    assert sentence in err
    assert not (tmp_path / "report").exists()
