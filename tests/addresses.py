"""Every address of the site, read from the URL configuration itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)")
_PART = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One pattern of the site: its address with `{names}` of what is filled in, and what answers it."""

    address: str
    name: str
    pattern: URLPattern

    @property
    def parts(self) -> list[str]:
        """What is filled in, in the order of the address."""
        return re.findall(r"\{(\w+)\}", self.address)


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "/", space: str = ""
) -> Iterator[Route]:
    """Yield every pattern of the site in the order in which it is tried."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        text = _PART.sub(r"{\1}", _GROUP.sub(r"{\1}", str(pattern.pattern)))
        text = prefix + re.sub(r"[\^$]|\\Z", "", text).replace("\\", "")
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, text, inner)
        else:
            yield Route(text, f"{space}{pattern.name or ''}", pattern)
