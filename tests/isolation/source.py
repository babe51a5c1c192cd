"""What the source says: where something is kept between requests, and where a query runs outside a tenant."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ("kept", "product_modules", "unscoped")

ROOT = Path(__file__).resolve().parents[2]
_SITES = ("core/opptak", "admin_ui/opptak_admin", "portal/opptak_portal", "plugins")
_WITHOUT_TENANTS = ("commands", "demo", "engine", "migrations", "node_modules", "testing")
"""Folders of what runs for one tenant, or for none: pure rules, commands, migrations, test kits."""

_CACHES = frozenset({"cache", "lru_cache", "cached"})
_MAPS = frozenset(
    {"Counter", "LRUCache", "OrderedDict", "TTLCache", "WeakKeyDictionary", "WeakValueDictionary"}
)
_GROWING = _MAPS | {"defaultdict", "deque", "dict", "list", "set"}
_CONNECTING = frozenset(
    {"AsyncSession", "connect", "create_async_engine", "create_engine", "engine", "unscoped"}
)


def product_modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules that serve tenants, by their path."""
    for site in _SITES:
        for path in sorted((ROOT / site).rglob("*.py")):
            if not set(_WITHOUT_TENANTS) & set(path.parts):
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def kept(module: ast.Module) -> Iterator[str]:
    """Yield what outlives a request: cached functions, and what modules and objects begin empty."""
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(_name(one) in _CACHES for one in node.decorator_list):
                    yield node.name
            case ast.ClassDef():
                yield from _of_class(node)
    for statement in module.body:
        yield from _growing(statement)


def unscoped(module: ast.Module) -> Iterator[str]:
    """Yield the calls that reach the database, or make a way to it, outside any tenant."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _name(node.func) in _CONNECTING:
            yield _name(node.func)


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            yield from (f"{node.name}.{name}" for inner in ast.walk(part) for name in _growing(inner))
        elif not _is_struct(node):
            yield from (f"{node.name}.{name}" for name in _growing(part))


def _is_struct(node: ast.ClassDef) -> bool:
    """Return whether a class is a msgspec one, which copies an empty default for each object."""
    options = {keyword.arg for keyword in node.keywords}
    return "Struct" in map(_name, node.bases) or bool(options & {"frozen", "kw_only"})


def _growing(statement: ast.AST) -> Iterator[str]:
    """Yield the names that a statement gives something empty, to be filled later."""
    match statement:
        case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=value):
            if value is not None and _is_empty(value):
                yield _name(target)


def _is_empty(value: ast.expr) -> bool:
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(args=args):
            name = _name(value.func)
            return name in _MAPS or (name in _GROWING and (not args or name == "defaultdict"))
    return False


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return _name(func)
    return ""
