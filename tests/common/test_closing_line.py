"""The last line of script/test is what CI believes, so nothing that went wrong may be missing from it."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "script/lib/closing_line.py"

MIXED = """<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="1 != 2"/></testcase>
<testcase classname="a" name="broken"><error message="no fixture"/></testcase>
<testcase classname="a" name="without"><skipped message="no PostgreSQL here"/></testcase>
<testcase classname="b" name="without"><skipped message="no PostgreSQL here"/></testcase>
</testsuite></testsuites>"""
GOOD = '<testsuites><testsuite><testcase classname="a" name="good"/></testsuite></testsuites>'
NONE = "<testsuites><testsuite/></testsuites>"


def closing(tmp_path: Path, *suites: tuple[int, str | None]) -> tuple[int, list[str]]:
    arguments = []
    for number, (code, text) in enumerate(suites):
        file = tmp_path / f"{number}.xml"
        if text is not None:
            file.write_text(text)
        arguments.append(f"suite{number}:{code}:{file}")
    run = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert not run.stderr
    return run.returncode, run.stdout.splitlines()


def test_suites_are_added_up_and_reasons_of_skips_are_told(tmp_path: Path) -> None:
    code, lines = closing(tmp_path, (1, MIXED), (0, GOOD))
    assert lines[-1] == "2 passed, 2 failed, 2 skipped"
    assert lines[:-1] == ["failed: a.bad", "failed: a.broken", "skipped (2): no PostgreSQL here"]
    assert code == 1


def test_all_good(tmp_path: Path) -> None:
    assert closing(tmp_path, (0, GOOD), (5, NONE)) == (0, ["1 passed, 0 failed, 0 skipped"])


def test_a_missing_a_torn_and_a_crashed_suite_each_count_as_failed(tmp_path: Path) -> None:
    code, lines = closing(tmp_path, (0, None), (0, GOOD[:40]), (-9, GOOD), (1, GOOD))
    assert lines[-1] == "2 passed, 4 failed, 0 skipped"
    assert code == 1


def test_a_run_of_nothing_is_no_success(tmp_path: Path) -> None:
    assert closing(tmp_path, (5, NONE)) == (1, ["0 passed, 0 failed, 0 skipped"])
