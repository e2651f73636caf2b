"""HACS copies the integration's folder alone, so common is in the repository twice: the same bytes, always."""

import runpy
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_mirror_has_the_same_files_with_the_same_bytes() -> None:
    mirror = runpy.run_path(str(REPOSITORY / "script/mirror"))
    source, copy = mirror["files"](mirror["SOURCE"]), mirror["files"](mirror["MIRROR"])
    assert len(source) > 10
    stale = sorted(str(path) for path in source.keys() | copy.keys() if source.get(path) != copy.get(path))
    assert not stale, f"run script/mirror: {', '.join(stale)}"


def test_a_stale_a_missing_and_a_superfluous_file_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mirror = runpy.run_path(str(REPOSITORY / "script/mirror"))
    for folder, name, text in (("a", "same", "1"), ("b", "same", "1"), ("a", "stale", "1"), ("b", "stale", "2")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text)
    (tmp_path / "a" / "missing").write_text("1")
    (tmp_path / "b" / "superfluous").write_text("1")
    (tmp_path / "b" / "__pycache__").mkdir()
    (tmp_path / "b" / "__pycache__" / "left.pyc").write_text("1")
    check = mirror["main"].__globals__
    check["SOURCE"], check["MIRROR"] = tmp_path / "a", tmp_path / "b"
    check["sys"].argv, argv = ["mirror", "--check"], check["sys"].argv
    try:
        assert mirror["main"]() == 1
        told = capsys.readouterr().err
        assert [line for line in told.splitlines() if line.startswith("not mirrored")] == [
            "not mirrored: missing",
            "not mirrored: stale",
            "not mirrored: superfluous",
        ]
        assert "Run script/mirror." in told
        check["sys"].argv = ["mirror"]
        assert mirror["main"]() == 0
        check["sys"].argv = ["mirror", "--check"]
        assert mirror["main"]() == 0
    finally:
        check["sys"].argv = argv
    assert not (tmp_path / "b" / "__pycache__").exists()
