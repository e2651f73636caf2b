"""The fixtures of the integration's tests, for what runs in their harness."""

from tests.integration.conftest import (
    _custom_integrations,
    community_settings,
    freezer,
    hass_config_dir,
    home_entry,
    operator,
)

__all__ = ["_custom_integrations", "community_settings", "freezer", "hass_config_dir", "home_entry", "operator"]
