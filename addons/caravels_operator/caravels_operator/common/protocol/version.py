"""The version of the contract between member and operator.

Raise PROTOCOL_VERSION when a message or field is added (with a default, naming the version that added it).
Raise OLDEST_SUPPORTED when a message or field that older nodes rely on changes its meaning or goes.
"""

from typing import Final

PROTOCOL_VERSION: Final = 3
OLDEST_SUPPORTED: Final = 1
