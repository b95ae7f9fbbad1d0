"""YAML, as contracts, formats, profiles and sources are written in."""

from __future__ import annotations

from typing import Any

import yaml

# the C loader takes a tenth of the time
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Any:
    """The document of a text; raises ``yaml.YAMLError``."""
    return yaml.load(text, Loader=_LOADER)
