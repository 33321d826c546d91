"""Reports for programs: codes and ISO dates."""

import json
from typing import Any


def render(data: dict[str, Any]) -> str:
    """Return the data as JSON, in UTF-8, with the keys in the order of meaning."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
