"""A ledger fed by files: each run is written once, and stays as it was written."""

from hashlib import sha256

from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Permanent
from opptak.hooks.providers import Ledger
from opptak.hooks.types import Acknowledgement, LedgerRun
from opptak_billing.files import ledger_file
from opptak_billing.settings import BillingSettings

__all__ = ("FileLedger",)


class FileLedger(Ledger):
    """Writes `ledger/<run number>.csv` into the plugin's store, where the accounting system fetches it."""

    name = "ledger_file"
    capabilities = frozenset({"file"})

    def __init__(self, context: PluginContext) -> None:
        self._settings: BillingSettings = context.settings
        self._store = context.store

    async def export(self, run: LedgerRun) -> Acknowledgement:
        """Write the run; raises Permanent when its number was used for another content."""
        content = ledger_file(run, decimal_mark=self._settings.decimal_mark).encode()
        key = f"ledger/{run.number}.csv"
        written = await self._store.get(key)
        if written is not None and written != content:
            raise Permanent("run_changed", hint="billing.hint.run_changed")
        if written is None:
            await self._store.put(key, content)
        return Acknowledgement(reference=sha256(content).hexdigest(), accepted=len(run.lines))
