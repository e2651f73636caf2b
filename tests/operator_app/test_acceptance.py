"""The acceptance page and the other documents point only to what is there."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TEST = re.compile(r"`((?:common|demo|operator_app|wire|e2e|integration)/[\w/]+\.py)(?:::(\w+))?`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
DOCUMENTS = sorted(path for path in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")))


def test_every_named_test_exists() -> None:
    named = TEST.findall((REPOSITORY / "docs/acceptance.md").read_text(encoding="utf-8"))
    assert len(named) > 100
    missing = []
    for file, name in named:
        path = REPOSITORY / "tests" / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if not path.exists() or (name and not re.search(rf"def {name}\b", text)):
            missing.append(f"{file}::{name}")
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]
