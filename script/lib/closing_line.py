"""Read the JUnit files of a run and close with the one line `N passed, N failed, N skipped`.

python closing_line.py SUITE:EXIT_CODE:FILE ...   exit code 0 when something ran and nothing failed

A suite whose file is missing or torn, or that ended badly without naming a failed test, counts as one failure.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

# pytest: 0 passed, 1 tests failed, 5 nothing collected; vitest: 0 and 1
NAMED_BY_THE_FILE = {0, 1, 5}


@dataclass(slots=True)
class Count:
    """What came of the tests, and why some did not run."""

    passed: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def skipped(self) -> int:
        return sum(self.reasons.values())

    def add_suite(self, name: str, exit_code: int, file: Path) -> None:
        """Count one runner's file; anything odd about it is one failure with a line that says so."""
        try:
            cases = list(ElementTree.parse(file).iter("testcase"))  # noqa: S314  # our own runners have just written it
        except (OSError, ElementTree.ParseError) as error:
            self._odd(name, f"left no readable report ({error})")
            return
        failed_before = self.failed
        for case in cases:
            self._add_case(case)
        if exit_code not in NAMED_BY_THE_FILE or (exit_code == 1 and self.failed == failed_before):
            self._odd(name, f"ended with exit code {exit_code}")

    def _add_case(self, case: ElementTree.Element) -> None:
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed += 1
            print(f"failed: {case.get('classname', '')}.{case.get('name', '')}")
        elif (skipped := case.find("skipped")) is not None:
            self.reasons[skipped.get("message") or "no reason given"] += 1
        else:
            self.passed += 1

    def _odd(self, name: str, what: str) -> None:
        self.failed += 1
        print(f"failed: the suite {name} {what}")


def main(arguments: list[str]) -> int:
    count = Count()
    for argument in arguments:
        name, exit_code, file = argument.split(":", 2)
        count.add_suite(name, int(exit_code), Path(file))
    for reason, times in sorted(count.reasons.items()):
        print(f"skipped ({times}): {reason}")
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    return 0 if count.passed and not count.failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
