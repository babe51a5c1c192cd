"""Rules about Python code."""

import ast
import re
from collections.abc import Iterable, Iterator

from tools.lint.engine import Found, Source, rule

PRODUCT = ("core/", "portal/", "admin_ui/", "plugins/")
SITES = ("portal/", "admin_ui/")
DATABASE_CODE = ("core/opptak/kit/", "core/opptak/migrations/")
QUERY_CODE = (*DATABASE_CODE, "core/opptak/tenancy/")
CLOCK_CODE = ("core/opptak/kit/clock.py", "core/opptak/kit/ids.py")
LONGEST_FUNCTION = 80
LONGEST_FILE = 500

LOG_METHODS = {"bind", "critical", "debug", "error", "exception", "info", "log", "warning"}
PERSONAL = re.compile(
    r"(^|[._])(address|birth_date|born|e_?mail|first_name|full_name|identity_number|last_name"
    r"|mobile|national_id|phone|pid|postcode|street|surname)$"
    r"|(^|[._])(applicant|child|guardian|parent|person|recipient|staff|subject|user)(\.|_)name$"
)
AMBIENT_CLOCKS = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time", "time.time_ns",
}  # fmt: skip
HTTP_VERBS = {"delete", "get", "patch", "post", "put", "route", "websocket"}
QUERIES = {"delete", "insert", "select", "update"}
UNFINISHED_NAMES = {"NotImplementedError", "pytest.skip", "pytest.xfail", "pytest.importorskip",
                    "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}  # fmt: skip
COUNTRY = re.compile(
    r"norway|norweg|kommune|fylke|barnehage|folkeregist|f[oø]dselsn|maskinporten|id.?porten"
    r"|svar_?ut|(^|_)fiks(_|$)|(^|_)(nbr|krr)(_|$)|kartverk|skatteet|german(y|s)?(_|$)|deutsch"
    r"|jugendamt|bundid|denmark|danish|dansk",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"^[A-ZÆØÅÄÖÜČĐŊŠŦŽ]\w* \w+")


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names, or the last part of one that starts with something else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{start}.{name}" if (start := dotted(value)) else name
    return ""


def imports(source: Source) -> Iterator[tuple[int, str, set[str]]]:
    """Line, module and imported names of each import."""
    for node in source.nodes:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, one.name, set()) for one in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield node.lineno, module, {one.name for one in names}


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    return ((node, dotted(node.func)) for node in source.nodes if isinstance(node, ast.Call))


def docstrings(source: Source) -> set[int]:
    """Identities of the string nodes that stand alone: documentation, not values."""
    return {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}


def literals(source: Source) -> Iterator[tuple[int, str]]:
    """Line and value of each string that is not documentation."""
    documentation = docstrings(source)
    for node in source.nodes:
        match node:
            case ast.Constant(value=str(text)) if id(node) not in documentation:
                yield node.lineno, text


@rule("commit")
def only_the_edge_commits(source: Source) -> Found:
    if source.within(*PRODUCT) and not source.within(*DATABASE_CODE):
        for call, name in calls(source):
            if name.endswith((".commit", ".rollback")):
                yield call.lineno, "the edge that opened the session commits it, nobody else"


@rule("ambient-time")
def time_is_injected(source: Source) -> Found:
    if source.within(*PRODUCT) and not source.within(*CLOCK_CODE):
        for call, name in calls(source):
            if ".".join(name.split(".")[-2:]) in AMBIENT_CLOCKS:
                yield call.lineno, f"{name}: take the time from the injected clock"


@rule("log-person")
def logs_name_nobody(source: Source) -> Found:
    for call, name in calls(source):
        logger, _, method = name.rpartition(".")
        if method not in LOG_METHODS or not re.search(r"(^|[._])(log|logger)$", logger):
            continue
        if call.args and isinstance(call.args[0], ast.JoinedStr):
            yield call.lineno, "an event is a fixed word with fields, not a sentence made up"
        for word in sorted(set(_logged_words(call))):
            yield call.lineno, f"{word} may be a person's: log ids, kinds and counts"


def _logged_words(call: ast.Call) -> Iterable[str]:
    for node in (*call.args, *(keyword.value for keyword in call.keywords)):
        for inner in ast.walk(node):
            if PERSONAL.search(word := dotted(inner)):
                yield word
    yield from (one.arg for one in call.keywords if one.arg and PERSONAL.search(one.arg))


@rule("user-text")
def sites_hold_no_sentences(source: Source) -> Found:
    if source.within(*SITES) or (source.within(*PRODUCT) and source.named("controllers")):
        for line, text in literals(source):
            if SENTENCE.search(text):
                yield line, f"text people read belongs in the catalogues: {text[:30]!r}"


@rule("action")
def every_handler_names_its_action(source: Source) -> Found:
    if not source.within(*PRODUCT) or not any(one.startswith("litestar") for _, one, _ in imports(source)):
        return
    for node in source.nodes:
        match node:
            case ast.ClassDef(body=body) | ast.Module(body=body):
                if not any(_sets_action(one) for one in body):
                    yield from _handlers_without_action(body)


def _handlers_without_action(body: Iterable[ast.stmt]) -> Found:
    for function in body:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            routes = (one for one in function.decorator_list if isinstance(one, ast.Call))
            for route in routes:
                named = {"action", "opt"} & {one.arg for one in route.keywords}
                if dotted(route.func) in HTTP_VERBS and not named:
                    yield function.lineno, f"{function.name} names no action: who may call it?"


def _sets_action(statement: ast.stmt) -> bool:
    """Whether a controller states the action of all its handlers: `opt = {"action": …}`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id="opt")]) | ast.AnnAssign(target=ast.Name(id="opt")):
            return True
    return False


@rule("raw-sql")
def sql_is_built_not_written(source: Source) -> Found:
    if source.within(*PRODUCT) and not source.within(*DATABASE_CODE):
        for line, module, names in imports(source):
            if module.startswith("sqlalchemy") and "text" in names:
                yield line, "raw SQL lives in kit and in migrations"


@rule("thin-controller")
def controllers_ask_services(source: Source) -> Found:
    if source.within(*SITES) or (source.within(*PRODUCT) and source.named("controllers")):
        for line, module, names in imports(source):
            parts = {*module.split("."), *names}
            if parts & {"models", "repository", "sqlalchemy"}:
                yield line, f"a controller asks a service, it does not query: {module}"


@rule("query")
def queries_live_in_repositories(source: Source) -> Found:
    if not source.within(*PRODUCT) or source.within(*QUERY_CODE) or source.named("repository"):
        return
    for line, module, names in imports(source):
        if module.startswith("sqlalchemy") and names & QUERIES:
            yield line, "queries live in the domain's repository"
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "__table__":
            yield node.lineno, "a bare table slips past the tenant scope: query the mapped class"


@rule("size")
def pieces_fit_on_a_page(source: Source) -> Found:
    if not source.path.endswith(".py"):
        return
    if (length := source.text.count("\n")) > LONGEST_FILE:
        yield 1, f"{length} lines: a file has at most {LONGEST_FILE}"
    for node in source.nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    yield node.lineno, f"{name}: {length} lines, at most {LONGEST_FUNCTION}"


@rule("country")
def core_knows_no_country(source: Source) -> Found:
    if source.within("core/opptak/"):
        words = [*literals(source), *_identifiers(source)]
        for line, word in sorted({(line, word) for line, word in words if COUNTRY.search(word)}):
            yield line, f"{word[:40]!r} belongs in a plugin or a tenant's files"


def _identifiers(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield node.lineno, name


@rule("unfinished")
def nothing_is_left_for_later(source: Source) -> Found:
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) in UNFINISHED_NAMES:
            yield node.lineno, f"{dotted(node)}: finish it or leave it out"
