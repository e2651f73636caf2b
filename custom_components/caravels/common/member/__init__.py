"""The rules of a member, behind ports: the same agent in Home Assistant and in virtual homes."""
