"""Check that the address which is still to be decided stands exactly where this table says, spelled in one way.

When the repository has its address, replace the placeholder in these files and delete this check.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PLACEHOLDER = "https://github.com/OWNER/caravels"
PLACES = {
    "CONTRIBUTING.md": 1,
    "README.md": 1,
    "addons/caravels_operator/config.yaml": 1,
    "custom_components/caravels/manifest.json": 2,
    "demo/home_assistant_devices/manifest.json": 1,
    "docs/member.md": 1,
    "repository.yaml": 1,
}
# Anything that looks like an address of this repository, however it is spelled.
CANDIDATE = re.compile(r"(?:[a-z]+://)?(?:[\w.-]*github[\w.-]*)/([\w.<>{}$-]+)/caravels\b", re.IGNORECASE)


def main() -> int:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    found: Counter[str] = Counter()
    wrong: list[str] = []
    for name in filter(None, tracked.stdout.split("\0")):
        path = REPOSITORY / name
        if path == Path(__file__).resolve() or not path.is_file():
            continue
        for match in CANDIDATE.finditer(path.read_bytes().decode("utf-8", "replace")):
            if match.group(0) == PLACEHOLDER:
                found[name] += 1
            else:
                wrong.append(f"{name}: {match.group(0)} should be {PLACEHOLDER}")
    wrong += [
        f"{name}: {PLACEHOLDER} stands there {found[name]} times, expected {PLACES.get(name, 0)}"
        for name in sorted(found.keys() | PLACES.keys())
        if found[name] != PLACES.get(name, 0)
    ]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
