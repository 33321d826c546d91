"""Room for Python's own stack, so that it is not taken from the system and given back over and over.

CPython keeps the frames of a thread in chunks of 16 KB, and gives a chunk back to the system as soon as its first frame
ends. A page calls some hundred functions deep: where a loop happens to call across the end of a chunk, every turn takes
one and returns it. A third of the time of a report was spent so, in mmap and munmap; of which page depends on chance.
Under a frame that says it needs a lot, the interpreter takes one large chunk, which the frames above it share.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")
#: In slots of eight bytes: more than a quarter of a megabyte, so that the chunk is one of half a megabyte.
_CLAIMED = 34_000


def roomy(function: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """Return the function with room above it for about a thousand frames, as deep as Python lets calls go."""

    def call(*args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_stacksize=_CLAIMED)
    return wraps(function)(call)
