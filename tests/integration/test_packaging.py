"""What hassfest and HACS check of the integration's folder, as far as it can be checked without them."""

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.yaml import load_yaml_dict

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "custom_components/caravels"
MUSL_WHEELS = {"aiohttp", "cryptography", "holidays", "msgspec", "numpy", "scipy"}  # CPython 3.14, 2026-11-22
ALLOWED = {
    "after_dependencies", "codeowners", "config_flow", "dependencies", "documentation", "domain", "integration_type",
    "iot_class", "issue_tracker", "loggers", "name", "quality_scale", "requirements", "single_config_entry", "version",
}  # fmt: skip
NEEDS_NO_DEPENDENCY = {  # hassfest lets every integration import these
    "diagnostics", "number", "persistent_notification", "repairs", "sensor", "switch", "binary_sensor", "system_health",
}  # fmt: skip
BRAND = {
    "icon.png": (256, 256),
    "icon@2x.png": (512, 512),
    "logo.png": (None, 128),
    "logo@2x.png": (None, 256),
    "dark_logo.png": (None, 128),
    "dark_logo@2x.png": (None, 256),
}
RULES = {
    "bronze": """action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage
        dependency-transparency docs-actions docs-conditions docs-high-level-description
        docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup entity-unique-id
        has-entity-name runtime-data test-before-configure test-before-setup unique-config-entry""",
    "silver": """action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
        entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow
        test-coverage""",
    "gold": """devices diagnostics discovery discovery-update-info docs-data-update docs-examples
        docs-known-limitations docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases
        dynamic-devices entity-category entity-device-class entity-disabled-by-default entity-translations
        exception-translations icon-translations reconfiguration-flow repair-issues stale-devices""",
    "platinum": "async-dependency inject-websession strict-typing",
}


def read(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def own_sources() -> list[Path]:
    """The shell's Python files, without the mirror."""
    return [path for path in FOLDER.rglob("*.py") if path.relative_to(FOLDER).parts[0] != "common"]


async def test_home_assistant_finds_the_integration(hass: HomeAssistant) -> None:
    integration = await async_get_integration(hass, "caravels")
    assert integration.name == "CARAVELS"
    assert integration.iot_class == "local_push"
    assert integration.integration_type == "hub"
    assert integration.config_flow
    assert str(integration.version) == read(FOLDER / "manifest.json")["version"]
    assert integration.pkg_path == "custom_components.caravels"


def test_manifest_has_what_hassfest_and_hacs_require_and_nothing_else() -> None:
    content = read(FOLDER / "manifest.json")
    required = {"codeowners", "documentation", "domain", "iot_class", "issue_tracker", "name", "version"}
    assert required <= content.keys() <= ALLOWED
    assert list(content) == ["domain", "name", *sorted(content.keys() - {"domain", "name"})]
    assert content["domain"] == FOLDER.name
    assert content["documentation"].startswith("https://")
    assert not content["documentation"].startswith("https://www.home-assistant.io/integrations")
    assert content["issue_tracker"].startswith("https://")
    assert re.fullmatch(r"\d+\.\d+\.\d+", content["version"])
    assert (FOLDER / "config_flow.py").is_file() == content["config_flow"]


def test_integrations_whose_code_is_used_are_dependencies() -> None:
    content = read(FOLDER / "manifest.json")
    declared = {*content.get("dependencies", ()), *content.get("after_dependencies", ())}
    imports = re.compile(r"^\s*(?:from|import) homeassistant\.components(?:\.(\w+)| import (.+))", re.MULTILINE)
    used: set[str] = set()
    for path in own_sources():
        for module, names in imports.findall(path.read_text("utf-8")):
            used |= {module} if module else {name.split(" as ")[0].strip(" ()") for name in names.split(",")}
    assert used - declared - NEEDS_NO_DEPENDENCY == set()
    assert "recorder" in used


def test_requirements_have_wheels_for_a_home_assistant_container() -> None:
    requirements = read(FOLDER / "manifest.json")["requirements"]
    assert {re.split(r"[<>=!~ ]", name)[0] for name in requirements} <= MUSL_WHEELS
    assert not [name for name in requirements if "==" in name], "a pin would fight Home Assistant's own"


def test_hacs_file_has_only_keys_that_hacs_allows() -> None:
    content = read(REPOSITORY / "hacs.json")
    assert content["name"] == "CARAVELS"
    assert content["homeassistant"] == "2026.10.0"
    assert content.keys() <= {
        "content_in_root", "country", "filename", "hacs", "hide_default_branch", "homeassistant", "name",
        "persistent_directory", "zip_release",
    }  # fmt: skip


def test_the_repository_is_what_hacs_and_the_supervisor_read() -> None:
    assert [
        path.name for path in (REPOSITORY / "custom_components").iterdir() if (path / "manifest.json").exists()
    ] == ["caravels"]
    assert (REPOSITORY / "README.md").stat().st_size > 500
    assert "Apache License" in (REPOSITORY / "LICENSE").read_text("utf-8")
    seen = []
    for folder, folders, files in REPOSITORY.walk():
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        seen += [(folder / name).relative_to(REPOSITORY).as_posix() for name in files if is_app(name)]
    assert seen == ["addons/caravels_operator/config.yaml"], "the Supervisor would take it for an app"


def is_app(name: str) -> bool:
    return name in {"config.yaml", "config.yml", "config.json"}


def test_the_folder_has_no_link_that_an_archive_would_break() -> None:
    assert not [path for path in FOLDER.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.json")), ids=lambda path: path.name)
def test_json_files_are_valid(path: Path) -> None:
    assert read(path)


def test_brand_images_have_the_sizes_that_home_assistant_asks_for() -> None:
    assert {path.name for path in (FOLDER / "brand").iterdir()} == set(BRAND)
    for name, (width, height) in BRAND.items():
        found_width, found_height = png_size(FOLDER / "brand" / name)
        assert found_height == height, name
        assert width is None or found_width == width, name
        assert found_width >= found_height, name


def png_size(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:26]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert head[25] == 6, "colour with transparency"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_every_rule_of_the_quality_scale_is_judged() -> None:
    asked = [rule for rules in RULES.values() for rule in rules.split()]
    assert len(asked) == 54
    judged = load_yaml_dict(str(FOLDER / "quality_scale.yaml"))["rules"]
    assert sorted(judged) == sorted(asked)
    for rule, status in judged.items():
        if status != "done":
            assert status.keys() == {"status", "comment"}, rule
            assert status["status"] == "exempt", rule
            assert len(status["comment"]) > 20, rule


def test_what_the_quality_scale_can_be_held_to() -> None:
    for name in ("coordinator.py", "entity.py", "diagnostics.py", "repairs.py", "system_health.py", "services.yaml"):
        assert (FOLDER / name).is_file(), name
    for path in FOLDER.glob("*.py"):
        text = path.read_text("utf-8")
        if "async def async_setup_entry" in text and path.name != "__init__.py":
            assert re.search(r"^PARALLEL_UPDATES(: Final)? = 0$", text, re.MULTILINE), path.name
        assert "hass.data[DOMAIN]" not in text, path.name
