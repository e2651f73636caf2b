"""What hassfest and HACS check of the integration's folder, as far as it can be checked without them."""

import json
import re
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "custom_components/caravels"
MUSL_WHEELS = {"aiohttp", "cryptography", "msgspec", "numpy", "scipy"}  # for CPython 3.14, measured 2026-11-22
ALLOWED = {
    "after_dependencies", "codeowners", "config_flow", "dependencies", "documentation", "domain", "integration_type",
    "iot_class", "issue_tracker", "loggers", "name", "quality_scale", "requirements", "single_config_entry", "version",
}  # fmt: skip


def manifest() -> dict[str, object]:
    content = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


async def test_home_assistant_finds_the_integration(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    integration = await async_get_integration(hass, "caravels")
    assert integration.name == "CARAVELS"
    assert integration.iot_class == "local_push"
    assert integration.integration_type == "hub"
    assert str(integration.version) == manifest()["version"]
    assert integration.pkg_path == "custom_components.caravels"


def test_manifest_has_what_hassfest_and_hacs_require_and_nothing_else() -> None:
    content = manifest()
    required = {"codeowners", "documentation", "domain", "iot_class", "issue_tracker", "name", "version"}
    assert required <= content.keys() <= ALLOWED
    assert list(content) == ["domain", "name", *sorted(content.keys() - {"domain", "name"})]
    assert content["domain"] == FOLDER.name
    assert str(content["documentation"]).startswith("https://")
    assert not str(content["documentation"]).startswith("https://www.home-assistant.io/integrations")
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(content["version"]))


def test_requirements_have_wheels_for_a_home_assistant_container() -> None:
    requirements = manifest()["requirements"]
    assert isinstance(requirements, list)
    assert {re.split(r"[<>=!~ ]", name)[0] for name in requirements} <= MUSL_WHEELS
    assert not [name for name in requirements if "==" in name], "a pin would fight Home Assistant's own"


def test_hacs_file_has_only_keys_that_hacs_allows() -> None:
    content = json.loads((REPOSITORY / "hacs.json").read_text("utf-8"))
    assert content["name"] == "CARAVELS"
    assert content.keys() <= {
        "name",
        "content_in_root",
        "filename",
        "hide_default_branch",
        "homeassistant",
        "zip_release",
    }


def test_the_folder_has_no_link_that_an_archive_would_break() -> None:
    assert not [path for path in FOLDER.rglob("*") if path.is_symlink()]
