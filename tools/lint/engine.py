"""Files, findings, exceptions, and the registry of rules."""

import ast
import io
import os
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

ALLOWED = re.compile(r"(?:#|//|<!--) *opptak: allow (?P<rule>[a-z-]+)(?: -- (?P<reason>\S.*))?")
PRUNED = {"__pycache__", "build", "dist", "node_modules", "vendor"}
KEPT_HIDDEN = {".ci", ".gitignore"}
TEXT_SUFFIXES = {
    ".css", ".csv", ".html", ".js", ".json", ".lock", ".md", ".po", ".py", ".sh", ".toml", ".tpl",
    ".txt", ".typ", ".yaml", ".yml", "",
}  # fmt: skip

Found = Iterator[tuple[int, str]]
Rule = Callable[["Source"], Found]
RULES: dict[str, Rule] = {}


class Finding(msgspec.Struct, frozen=True, order=True):
    """One broken rule; `line` counts from 1."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class Source:
    """A file as the rules see it: its path from the root, its text, its syntax tree if Python."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text) if self.path.endswith(".py") else ast.Module([], [])

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def within(self, *folders: str) -> bool:
        return self.path.startswith(folders)

    def named(self, *stems: str) -> bool:
        """Whether the module is called one of `stems`, or `stem_…` where one file became several."""
        return any(re.match(rf"{stem}(_\w+)?$", Path(self.path).stem) for stem in stems)

    def lines(self) -> Iterable[tuple[int, str]]:
        return enumerate(self.text.splitlines(), start=1)

    def exceptions(self) -> Iterator[tuple[int, str, str | None]]:
        """The line each exception is about (its own, or the next if it stands alone); rule; reason."""
        for line, before, comment in self._comments():
            if match := ALLOWED.search(comment):
                alone = not (before + comment[: match.start()]).strip(" {")
                yield line + alone, match["rule"], match["reason"]

    def _comments(self) -> Iterator[tuple[int, str, str]]:
        """Line, what stands before the comment, and the comment; a whole line if not Python."""
        if self.path.endswith(".py"):
            for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
                if token.type == tokenize.COMMENT:
                    yield token.start[0], token.line[: token.start[1]], token.string
        else:
            yield from ((line, "", text) for line, text in self.lines())


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under the name that exceptions use."""

    def register(found: Rule) -> Rule:
        RULES[name] = found
        return found

    return register


def check(source: Source) -> list[Finding]:
    """All findings in one file that no exception excuses, and the exceptions that are wrong."""
    found = [
        Finding(source.path, line, name, message)
        for name, rule in RULES.items()
        for line, message in rule(source)
    ]
    exceptions = list(source.exceptions())
    excused = {(line, name) for line, name, _ in exceptions}
    kept = [finding for finding in found if (finding.line, finding.rule) not in excused]
    return sorted([*kept, *_wrong_exceptions(source, exceptions, found)])


def _wrong_exceptions(
    source: Source, exceptions: Iterable[tuple[int, str, str | None]], found: Iterable[Finding]
) -> Iterator[Finding]:
    broken = {(finding.line, finding.rule) for finding in found}
    for line, name, reason in exceptions:
        if reason is None:
            yield Finding(source.path, line, "allow", f"give the reason: `allow {name} -- …`")
        elif (line, name) not in broken:
            yield Finding(source.path, line, "allow", f"excuses nothing: {name} is not broken here")


def sources(root: Path, chosen: Iterable[Path]) -> Iterator[Source]:
    """The text files under `chosen`, leaving out what is installed, built or hidden."""
    for start in chosen:
        for path in sorted(_files(start)):
            if path.suffix in TEXT_SUFFIXES:
                yield Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def _files(start: Path) -> Iterator[Path]:
    if start.is_file():
        yield start
    for folder, folders, names in os.walk(start):
        folders[:] = [name for name in folders if name not in PRUNED and _visible(name)]
        yield from (Path(folder, name) for name in names if _visible(name) and name != "uv.lock")


def _visible(name: str) -> bool:
    return not name.startswith(".") or name in KEPT_HIDDEN
