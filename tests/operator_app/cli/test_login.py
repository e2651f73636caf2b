"""`login`: another password for the panel."""

import io
from pathlib import Path

import pytest

from caravels_operator.cli import login, main
from caravels_operator.panel.password import Password

PASSWORD = "caravela vermelha"  # of a panel that lives for a test


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_password_is_read_from_a_pipe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["login", "--data", str(folder)]) == 0
    assert Password.in_folder(folder).fits("operator", PASSWORD)


def test_a_password_is_made_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["login", "--make", "--data", str(folder)]) == 0
    made = capsys.readouterr().out.split()[-1]
    assert Password.in_folder(folder).fits("operator", made)


@pytest.mark.parametrize(
    ("typed", "said"),
    [((PASSWORD, PASSWORD + "!"), "not the same"), (("short", "short"), "12 to 200 characters"), (("", ""), "12 to")],
)
def test_what_is_typed_twice_must_be_the_same_and_long_enough(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: tuple[str, str],
    said: str,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    answers = iter(typed)
    monkeypatch.setattr(login, "getpass", lambda _: next(answers))
    assert main(["login", "--data", str(folder)]) == 1
    assert said in capsys.readouterr().err
    assert Password.in_folder(folder).stored() is None


def test_on_a_terminal_a_password_is_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(login, "getpass", lambda _: PASSWORD)
    assert main(["login", "--data", str(folder)]) == 0
    assert Password.in_folder(folder).fits("operator", PASSWORD)
