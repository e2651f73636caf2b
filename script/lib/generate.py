"""Write what is generated from the contract, or check that it is current."""

import json
import sys
from pathlib import Path

from .contract_openapi import openapi
from .contract_page import page
from .contract_schema import json_schema

REPOSITORY = Path(__file__).resolve().parents[2]


def generated() -> dict[str, str]:
    """Return the text of every generated file, by its path in the repository."""
    return {
        "docs/protocol.md": page(),
        "docs/protocol.schema.json": _json(json_schema()),
        "docs/openapi.json": _json(openapi()),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are not current."""
    stale = {name: text for name, text in generated().items() if _stored(name) != text}
    if arguments == ["--check"]:
        for name in stale:
            print(f"{name} is not up to date. Run script/generate.", file=sys.stderr)
        return 1 if stale else 0
    for name, text in stale.items():
        (REPOSITORY / name).write_text(text, encoding="utf-8")
        print(f"{name} written")
    return 0


def _stored(name: str) -> str | None:
    path = REPOSITORY / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
