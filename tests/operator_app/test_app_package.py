"""What the Supervisor, Docker and a plain `pip install` read of the app's folder fits together."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from caravels_operator.app.comeback import PRESENCE_FILE
from caravels_operator.options import SCHEMA, options_from

REPOSITORY = Path(__file__).resolve().parents[2]
APP = REPOSITORY / "addons/caravels_operator"


def read_yaml(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


CONFIG = read_yaml(APP / "config.yaml")


def test_every_option_of_the_form_is_known_to_the_operator_and_explained() -> None:
    known = {str(key) for key in SCHEMA.schema}
    assert CONFIG["schema"].keys() <= known
    assert CONFIG["options"].keys() <= CONFIG["schema"].keys()
    for language in ("en", "pt"):
        explained = read_yaml(APP / f"translations/{language}.yaml")["configuration"]
        assert explained.keys() == CONFIG["schema"].keys()
        assert all(set(text) == {"name", "description"} for text in explained.values())


def test_the_defaults_of_the_form_start_the_operator_behind_ingress_alone() -> None:
    options = options_from(CONFIG["options"])
    assert (options.panel_host, options.panel_peers) == ("0.0.0.0", ("172.30.32.2",))
    assert options.panel_port == CONFIG["ingress_port"]
    assert list(CONFIG["ports"]) == [f"{options.member_port}/tcp"]


@pytest.mark.parametrize("name", [name for name, kind in CONFIG["schema"].items() if str(kind).startswith("match")])
def test_what_the_form_accepts_as_text_the_operator_accepts(name: str) -> None:
    sample = {"currency": "CHF"}.get(name, "14:59")
    assert re.fullmatch(CONFIG["schema"][name].removeprefix("match(").removesuffix("?").removesuffix(")"), sample)
    assert name in SCHEMA({name: sample})


def test_the_app_may_ask_who_the_administrators_are_and_leaves_its_presence_out_of_backups() -> None:
    assert CONFIG["homeassistant_api"] is True
    assert CONFIG["backup_exclude"] == [PRESENCE_FILE]


def test_no_other_file_would_be_taken_for_an_app() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    names = re.compile(r"(^|/)config\.(yaml|yml|json)$")
    found = [name for name in tracked.stdout.splitlines() if names.search(name)]
    assert found == ["addons/caravels_operator/config.yaml"]


def test_one_version_and_one_list_of_requirements() -> None:
    root = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    app = tomllib.loads((APP / "pyproject.toml").read_text("utf-8"))
    assert app["project"]["dependencies"] == root["dependency-groups"]["app"]
    assert app["project"]["requires-python"] == root["project"]["requires-python"]
    manifest = (REPOSITORY / "custom_components/caravels/manifest.json").read_text("utf-8")
    versions = {root["project"]["version"], app["project"]["version"], CONFIG["version"]}
    versions |= set(re.findall(r'"version": "(.*)"', manifest))
    versions |= set(re.findall(r"ARG BUILD_VERSION=(.*)", (APP / "Dockerfile").read_text("utf-8")))
    assert versions == {"0.1.0"}


def test_every_locked_requirement_has_a_hash_and_is_named_by_the_lock() -> None:
    text = (APP / "requirements.txt").read_text("utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert len(entries) > 20
    assert all(re.match(r"[a-z0-9-]+(\[[a-z]+\])?==\S+", entry) and "--hash=sha256:" in entry for entry in entries)
