"""The dialogues of the integration, a file a concern; `config_flow` puts them together."""
