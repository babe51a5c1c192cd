"""Static files: read once, compressed once, addressed by content so that browsers keep them.

All files share one digest, so a style sheet may name its fonts relatively and a release changes
every address at once. The files of `static/vendor` are made by `tools/assets.py`.
"""

import gzip
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import msgspec

from opptak.kit.errors import StartRefused

__all__ = ("STATIC", "Asset", "Assets", "AssetsMissing", "assets", "require_made")

STATIC = Path(__file__).parent / "static"

MADE = tuple(
    f"vendor/{name}"
    for name in (
        "designsystemet.css",
        "htmx.min.js",
        "fonts/inter.woff2",
        "fonts/Inter-Regular.ttf",
        "fonts/Inter-SemiBold.ttf",
    )
)
"""What pages and letters need of the files that are made, and so not in version control."""

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""Kinds of file that are served; others in the folder are not."""

COMPRESSED = frozenset({".css", ".js", ".svg"})


class AssetsMissing(StartRefused):
    """This was installed from a checkout where the made files were not."""


class Asset(msgspec.Struct, frozen=True):
    """One file as it goes over the wire; `compressed` (gzip) only where that is worth it."""

    media_type: str
    body: bytes
    compressed: bytes | None


class Assets:
    """The static files of some packages by name."""

    def __init__(self, files_by_name: Mapping[str, Asset]) -> None:
        self._files = dict(files_by_name)
        content = b"".join(name.encode() + asset.body for name, asset in sorted(self._files.items()))
        self.digest = sha256(content).hexdigest()[:12]

    @classmethod
    def load(cls, *packages: str) -> "Assets":
        """Read the `static` folders of the packages; the last one wins a name."""
        folders = [Path(str(files(package))) / "static" for package in packages]
        return cls({name: asset for folder in folders for name, asset in _read(folder)})

    def url(self, name: str) -> str:
        """Return the address of a file; KeyError when there is none of that name."""
        if name not in self._files:
            raise KeyError(name)
        return f"/assets/{self.digest}/{name}"

    def find(self, name: str) -> Asset | None:
        """Return the file, whatever name a visitor may have asked for."""
        return self._files.get(name)


def require_made(static: Path = STATIC) -> None:
    """Raise AssetsMissing unless the files that `tools/assets.py` makes came along."""
    missing = [name for name in MADE if not (static / name).is_file()]
    if missing:
        raise AssetsMissing(
            f"{static} lacks {', '.join(missing)}: these are made, by `make setup` in a checkout, "
            "and `make dist` makes a wheel that has them"
        )


@lru_cache
def assets(*packages: str) -> Assets:
    """Return the files of this package and others, read once."""
    return Assets.load("opptak.ui", *packages)


def _read(folder: Path) -> Iterator[tuple[str, Asset]]:
    for path in sorted(folder.rglob("*")):
        media_type = MEDIA_TYPES.get(path.suffix)
        if media_type is None:
            continue
        body = path.read_bytes()
        compressed = gzip.compress(body, mtime=0) if path.suffix in COMPRESSED else None
        yield path.relative_to(folder).as_posix(), Asset(media_type, body, compressed)
