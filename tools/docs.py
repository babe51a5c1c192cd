"""Writes the generated part of docs/reference: settings, commands, tenants, API. `--check` only compares."""

import re
import sys
from collections.abc import Callable, Iterator
from difflib import unified_diff
from pathlib import Path

import click
import msgspec
from litestar import Litestar, Router
from litestar.di import Provide

from opptak.api import api_router
from opptak.cli import opptak
from opptak.kit.errors import OpptakError
from opptak.kit.i18n import Catalogues
from opptak.settings import Settings
from opptak.tenancy import config
from opptak.tenancy.config import TenantDocument
from opptak.web import handlers, installed_sites
from opptak.webkit.api import query_names
from opptak.webkit.errors import problem_words
from opptak.webkit.site import Site

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def settings_page() -> Iterator[str]:
    """Every setting of the deployment."""
    yield "# Settings of a deployment\n"
    yield (
        "Environment variables, read once at start. An unknown variable that begins with `OPPTAK_` is "
        "refused.\n"
    )
    yield "| variable | default | meaning |\n|---|---|---|"
    for field in msgspec.inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        meta = field.type.extra_json_schema or {}
        default = "" if field.default is msgspec.NODEFAULT else field.default
        yield f"| `OPPTAK_{field.name.upper()}` | `{default}` | {meta.get('description', '')} |"


def commands_page() -> Iterator[str]:
    """Every command."""
    yield "# Commands\n"
    yield from _command(
        click.Context(opptak, info_name="opptak", terminal_width=80, **opptak.context_settings)
    )


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    if context.parent is not None:
        yield f"## `{context.command_path}`\n"
        yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _command(
                    click.Context(found, info_name=name, parent=context, **found.context_settings)
                )


def tenant_page() -> Iterator[str]:
    """Every key of a tenant document."""
    yield "# Tenant documents\n"
    yield (
        "A tenant is a folder: `tenant.toml`, `criteria.toml` (`[[criteria]]`), `fees.toml` (`[[tables]]`), "
        "`texts/<language>.toml` and `brand/`. An unknown key is refused with file, line and path. "
        "`opptak tenant schema NAME` prints the JSON Schema.\n"
    )
    schema = msgspec.json.schema(TenantDocument)
    for name, part in sorted(schema["$defs"].items(), key=lambda item: item[0] != "TenantDocument"):
        yield f"## {name}\n"
        documented = getattr(config, name, None)
        if documented is not None and documented.__doc__:
            yield f"{documented.__doc__.strip()}\n"
        if "enum" in part:
            yield "One of: " + ", ".join(f"`{value}`" for value in part["enum"]) + ".\n"
            continue
        yield "| key | type | default |\n|---|---|---|"
        for key, value in part["properties"].items():
            required = key in part.get("required", ())
            default = "required" if required else f"`{msgspec.json.encode(value.get('default')).decode()}`"
            yield f"| `{key}` | {_kind(value)} | {default} |"
        yield ""


def _kind(value: dict[str, object]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in value:
        options: list[dict[str, object]] = value["anyOf"]  # type: ignore[assignment]
        return " or ".join(_kind(option) for option in options)
    kind = str(value.get("format") or value.get("type", "any"))
    items = value.get("items")
    if isinstance(items, dict):
        return f"list of {_kind(items)}"
    return kind


def api_page() -> Iterator[str]:
    """Every operation of the API, and every code of a problem."""
    yield "# JSON API\n"
    yield (
        "Each site has its part, which takes the login of that site: "
        "[call the API](../how-to/call-the-api.md). A municipality describes its API at `/api/schema`. "
        "Who may do an action is in "
        "`core/opptak/authz/policies.toml`; what belongs to a module that is off is not found. A name in the "
        "query that the operation doesn't take is refused (`types_refused`, `fields` names it); `language` "
        "may stand in any.\n"
    )
    for site in installed_sites():
        yield f"## Below `{site.prefix}/api/v1`\n"
        yield "| method | path | query | action | module | what it does |\n|---|---|---|---|---|---|"
        yield from _operations(site)
        yield ""
    yield "## Problems\n"
    yield (
        "What can't be done is answered with `application/problem+json` (RFC 9457); its `type` is "
        "`urn:opptak:problem:` and the code.\n"
    )
    yield "| code | status | says |\n|---|---|---|"
    text = Catalogues.load().translator("en")
    for code, status in sorted(_problems(OpptakError)):
        yield f"| `{code}` | {status} | {problem_words(text, code)} |"


def _operations(site: Site) -> Iterator[str]:
    router = Router(site.prefix or "/", route_handlers=[api_router(site)], opt={"module": site.module})
    # What a handler is given does not matter here, only that there is something.
    app = Litestar(
        [router], dependencies={"work": Provide(object, sync_to_thread=False)}, openapi_config=None
    )
    for path, handler in sorted(handlers(app), key=lambda one: (one[0], sorted(one[1].http_methods))):
        method = " ".join(sorted(handler.http_methods - {"HEAD"}))
        action, module = handler.opt["action"] or "anybody", handler.opt["module"] or ""
        said = (handler.fn.__doc__ or "").partition("\n")[0]
        below = re.sub(r":\w+\}", "}", path.removeprefix(f"{site.prefix}/api/v1")) or "/"
        query = ", ".join(f"`{name}`" for name in sorted(query_names(handler)))
        yield f"| {method} | `{below}` | {query} | {action} | {module} | {said} |"


def _problems(kind: type[OpptakError]) -> set[tuple[str, int]]:
    found = {(kind.code, kind.status)} if kind.__module__.startswith("opptak.") else set()
    return found.union(*map(_problems, kind.__subclasses__()))


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "tenant.md": tenant_page,
    "api.md": api_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` tell which are out of date."""
    stale = []
    for name, page in PAGES.items():
        text = "\n".join(page()).rstrip() + "\n"
        path = REFERENCE / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
            continue
        sys.stdout.writelines(
            unified_diff(before.splitlines(keepends=True), text.splitlines(keepends=True), name, "now", n=0)
        )
    sys.stdout.write(f"{len(PAGES)} pages, {len(stale)} changed\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
