"""`opptak staff`: accounts made from the command line."""

import pytest
from click.testing import CliRunner
from tests.conftest import START

from opptak.cli import opptak
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

EMAIL = "anne@kommune.example"


@pytest.fixture
def runner(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A shell at the test database."""
    monkeypatch.setenv("OPPTAK_DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("OPPTAK_DATA_DIR", runtime.settings.data_dir)
    monkeypatch.setenv("OPPTAK_CLOCK", START.isoformat())
    return CliRunner()


def test_staff_is_added_with_a_password_shown_once(runner: CliRunner, tenant: TenantContext) -> None:
    add = ["staff", "add", tenant.slug, EMAIL, "--name", "Anne", "--role", "approver"]
    added = runner.invoke(opptak, add, catch_exceptions=False)
    assert added.output.startswith(f"{EMAIL} may log in at {tenant.slug} with the password ")
    assert len(added.output.split()[-1]) == 20
    again = runner.invoke(opptak, add)
    assert (again.exit_code, again.output) == (
        1,
        "Error: Another member of staff already has this e-mail address.\n",
    )
    listed = runner.invoke(opptak, ["staff", "list", tenant.slug])
    assert listed.output.split() == [EMAIL, "open", "approver", "from", "2027-01-11"]


def test_staff_may_choose_the_password(runner: CliRunner, tenant: TenantContext) -> None:
    add = ["staff", "add", tenant.slug, EMAIL, "--name", "Anne", "--role", "leader", "--ask"]
    short = runner.invoke(opptak, add, input="short\nshort\n")
    assert (short.exit_code, "at least 12 characters" in short.output) == (1, True)
    chosen = runner.invoke(opptak, add, input="correct horse battery\n" * 2)
    assert chosen.output.endswith(f"{EMAIL} may log in at {tenant.slug}\n")


def test_staff_of_nowhere_is_refused(runner: CliRunner) -> None:
    refused = runner.invoke(opptak, ["staff", "list", "nowhere"])
    assert (refused.exit_code, refused.output) == (1, "Error: there is no tenant nowhere\n")
