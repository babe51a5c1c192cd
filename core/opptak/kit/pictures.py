"""Whether a picture that somebody brings along is one, and nothing more than that."""

import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

__all__ = ("png_fault", "svg_fault")

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
_ACTIVE = frozenset(
    {"script", "foreignObject", "handler", "listener", "iframe", "object", "embed", "audio", "video"}
)
"""Elements that run something or bring along another document."""

_ADDRESSES = frozenset({"href", "src", "data", "action"})
_HERE = re.compile(r"\s*(#|data:image/(png|jpeg|gif|webp)[;,])", re.IGNORECASE)
_ELSEWHERE = re.compile(r"@import|url\(\s*['\"]?\s*(?!#|['\"]|\s)", re.IGNORECASE)


class _Refused(Exception):
    """The picture is more than a picture; the message says how."""


def png_fault(content: bytes) -> str:
    """Return what keeps the bytes from being a PNG; empty where nothing does."""
    return "" if content.startswith(_PNG) and content[12:16] == b"IHDR" else "this is no PNG"


def svg_fault(content: bytes) -> str:
    """Return what is wrong with an SVG, empty where nothing is.

    It may draw, and name its own parts: no scripts, no other document in it, nothing fetched from elsewhere.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = _Elements().start
    parser.CharacterDataHandler = _require_own
    parser.ProcessingInstructionHandler = _instruction
    parser.EntityDeclHandler = _entity
    try:
        parser.Parse(content, True)
    except _Refused as refused:
        return f"line {parser.CurrentLineNumber}: {refused}"
    except expat.ExpatError as error:
        return f"line {error.lineno}: this is no SVG: {expat.ErrorString(error.code)}"
    return ""


class _Elements:
    """Looks at each element as it begins."""

    def __init__(self) -> None:
        self._root = True

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Raise _Refused for an element that does more than draw."""
        space, _, local = name.rpartition(" ")
        if self._root and (space, local) != (_SVG, "svg"):
            raise _Refused(f'its first element is no <svg xmlns="{_SVG}">')
        self._root = False
        if local in _ACTIVE:
            raise _Refused(f"<{local}> is not for pictures")
        for fault in _in_attributes(attributes):
            raise _Refused(fault)


def _in_attributes(attributes: Mapping[str, str]) -> Iterator[str]:
    for full, value in attributes.items():
        name = full.rpartition(" ")[2]
        if name.lower().startswith("on"):
            yield f"{name} is not for pictures"
        if (name in _ADDRESSES and value and not _HERE.match(value)) or _ELSEWHERE.search(value):
            yield f"{name} names something outside the picture"
        if "javascript:" in value.lower():
            # An animation may put it into an address.
            yield f"{name} holds a script"


def _require_own(text: str) -> None:
    if _ELSEWHERE.search(text):
        raise _Refused("its style names something outside the picture")


def _instruction(target: str, _data: str) -> None:
    raise _Refused(f"<?{target}?> is not for pictures")


def _entity(name: str, *_rest: object) -> None:
    raise _Refused(f"the entity {name} is not for pictures")
