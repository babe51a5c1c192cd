"""Each house rule: what it finds, what it leaves alone, and how an exception is written."""

import textwrap

import pytest
from tools.lint.__main__ import RULE_MODULES, find
from tools.lint.engine import RULES, Source, check
from tools.lint.text_rules import could_be_real

SERVICE = "core/opptak/offers/service.py"
CONTROLLERS = "core/opptak/offers/controllers.py"
REAL = f"010120{10059}"  # in two halves, as the rule reads this file too
TEMPLATE = "portal/opptak_portal/templates/offer.html"

BROKEN = {
    "commit": (SERVICE, "await session.commit()"),
    "ambient-time": (SERVICE, "from datetime import datetime\ndatetime.now(tz)"),
    "log-person": (SERVICE, "log.info('offer.sent', to=child.address)"),
    "user-text": (CONTROLLERS, "flash('Your place is confirmed')"),
    "action": (SERVICE, "from litestar import get\n@get('/offers')\nasync def offers(): ..."),
    "raw-sql": (SERVICE, "from sqlalchemy import text"),
    "thin-controller": (CONTROLLERS, "from opptak.offers.repository import OfferRepository"),
    "query": (SERVICE, "from sqlalchemy import select"),
    "size": (SERVICE, "def f():\n" + "    g()\n" * 80),
    "country": (SERVICE, "def send_to_kommune(): ..."),
    "unfinished": (SERVICE, "raise NotImplementedError"),
    "machine-path": ("README.md", "see /root/checkout"),  # opptak: allow machine-path -- the example
    "package-index": ("requirements.lock", "--index-url https://example.org"),
    "unfinished-note": (SERVICE, "# TODO: later"),  # opptak: allow unfinished-note -- the example
    "identity-number": ("tests/data.csv", REAL),
    "template-text": (TEMPLATE, "<p>Accept</p>"),
}

SOUND = [
    ("core/opptak/kit/db.py", "await session.commit()"),
    ("core/opptak/kit/clock.py", "from datetime import datetime\ndatetime.now(tz)"),
    (SERVICE, "log.info('offer.sent', offer=offer.id, plugin=entry.name)"),
    (SERVICE, "log.info('offer.sent', children=len(children))"),
    (CONTROLLERS, 'class Offers:\n    """Your place is here."""\n    path = "/offers"'),
    (SERVICE, "from litestar import get\n@get('/offers', action=READ)\nasync def offers(): ..."),
    (SERVICE, "from litestar import get\nclass A:\n  opt = x\n  @get()\n  async def f(self): ..."),
    ("core/opptak/offers/repository.py", "from sqlalchemy import select"),
    ("core/opptak/offers/repository_waiting.py", "from sqlalchemy import select"),
    (SERVICE, "def f():\n" + "    g()\n" * 79),
    (SERVICE, '"""An offer -- the law of Norway calls it tilbud."""'),
    ("plugins/fiks/opptak_fiks/plugin.py", "def send_to_kommune(): ..."),
    ("README.md", "see docs/work/flow.md or $HOME/work/x"),
    ("tests/data.csv", "01812010059"),
    (TEMPLATE, '<p class="Accept">{{ _("offer.accept") }} &nbsp; {# Accept #} 3 →</p>'),
    (TEMPLATE, '{% macro m() %} aria-describedby="hint-id"{% endmacro %}'),
    (TEMPLATE, '<img alt="{{ name }}"><script>var a = 1</script>'),
]


@pytest.mark.parametrize(("path", "text"), BROKEN.values(), ids=BROKEN)
def test_rule_finds_what_it_is_for(path: str, text: str, request: pytest.FixtureRequest) -> None:
    rule = request.node.callspec.id

    assert [finding.rule for finding in check(Source(path, text))] == [rule]


@pytest.mark.parametrize(("path", "text"), SOUND)
def test_rules_leave_sound_code_alone(path: str, text: str) -> None:
    assert check(Source(path, text)) == []


def test_every_rule_is_exercised() -> None:
    assert len(RULE_MODULES) == 2
    assert set(BROKEN) == set(RULES)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ('<img alt="A house">', 1),
        ("<p>\n{{ name }}\nwelcome</p>", 3),
        ("<input placeholder='Type here'>", 1),
    ],
)
def test_template_text_is_found_on_its_line(template: str, line: int) -> None:
    [finding, *_] = check(Source(TEMPLATE, template))

    assert (finding.rule, finding.line) == ("template-text", line)


def test_exception_with_a_reason_excuses_its_line_or_the_next() -> None:
    text = """\
        # opptak: allow commit -- one transaction a chunk
        await session.commit()
        await session.commit()  # opptak: allow commit -- the same
        await session.commit()
    """
    [finding] = check(Source(SERVICE, textwrap.dedent(text)))

    assert (finding.rule, finding.line) == ("commit", 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("session.commit()  # opptak: allow commit", "give the reason: `allow commit -- …`"),
        ("pass  # opptak: allow commit -- why", "excuses nothing: commit is not broken here"),
    ],
)
def test_wrong_exception_is_a_finding(text: str, message: str) -> None:
    assert [one.message for one in check(Source(SERVICE, text)) if one.rule == "allow"] == [message]


@pytest.mark.parametrize(
    ("number", "real"),
    [
        (REAL, True),
        (f"410120{10042}", True),
        ("01812010059", False),
        ("01012010058", False),
        ("99999999999", False),
    ],
)
def test_only_valid_numbers_with_a_plain_month_could_be_real(number: str, *, real: bool) -> None:
    assert could_be_real(number) is real


def test_tree_keeps_the_house_rules() -> None:
    assert [str(finding) for finding in find()] == []
