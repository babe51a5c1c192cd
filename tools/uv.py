"""Run uv with pip's idea of where packages come from, fetching uv first where there is none.

Usage: python tools/uv.py ARGUMENTS-OF-UV

Runs on a bare Python, before anything is installed: standard library only. uv reads neither
pip.conf nor PIP_* variables, yet an organisation's mirror is usually set there; what is found is
handed on, and uv's own variables win over it.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

BOOTSTRAP = Path(__file__).resolve().parent.parent / ".bootstrap"
PIP_SETTING = re.compile(r"^(?P<level>[\w:]+)\.(?P<name>[a-z-]+)=(?P<value>['\"].*['\"])$", re.MULTILINE)
PIP_LEVELS = ("global", "install", ":env:")  # the last one that has a setting wins


def main() -> None:
    uv = shutil.which("uv") or str(fetched_uv())
    environment = {**uv_variables(pip_settings()), **os.environ}
    os.execve(uv, [uv, *sys.argv[1:]], environment)  # noqa: S606 -- no shell is wanted


def fetched_uv() -> Path:
    """uv from the package index, in an environment of its own beside the project's."""
    uv = BOOTSTRAP / "bin" / "uv"
    if not uv.exists():
        run(sys.executable, "-m", "venv", "--clear", str(BOOTSTRAP))
        run(str(BOOTSTRAP / "bin" / "pip"), "install", "--quiet", "uv")
    return uv


def pip_settings() -> dict[str, str]:
    """pip's effective settings, from its files and variables alike; none where there is no pip."""
    fetched = BOOTSTRAP / "bin" / "python"
    python = str(fetched) if fetched.exists() else sys.executable
    listed = subprocess.run(  # noqa: S603 -- our own interpreter
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    return parsed_settings(listed.stdout)


def parsed_settings(listed: str) -> dict[str, str]:
    """The settings in force, from what `pip config list` prints."""
    found = [one for one in PIP_SETTING.finditer(listed) if one["level"] in PIP_LEVELS]
    found.sort(key=lambda one: PIP_LEVELS.index(one["level"]))
    return {one["name"]: ast.literal_eval(one["value"]) for one in found}


def uv_variables(pip: Mapping[str, str]) -> dict[str, str]:
    """The variables of uv that mean the same as these settings of pip.

    pip takes a package from whichever index has it, uv from the first: so uv is told to compare.
    That is safe here because every package is pinned by its hash.
    """
    several = {name: pip[name].split() for name in ("extra-index-url", "find-links") if name in pip}
    meant = {
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "UV_INDEX": " ".join(several.get("extra-index-url", ())),
        "UV_INDEX_STRATEGY": "unsafe-best-match" if "extra-index-url" in pip else None,
        "UV_FIND_LINKS": ",".join(several.get("find-links", ())),
        "UV_INSECURE_HOST": pip.get("trusted-host"),
        "UV_NO_INDEX": pip.get("no-index"),
        "SSL_CERT_FILE": pip.get("cert"),
    }
    return {name: value for name, value in meant.items() if value}


def run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 -- no shell
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    main()
