"""`comms-exporter erase`: a person is erased now, beside the exporter if one runs."""

from __future__ import annotations

from exporter.app import App
from exporter.config import ConfigFile
from exporter.ledger.erasure import Erasure
from exporter.ledger.person import PersonKind
from exporter.scan_now import until_ready

_REQUESTED_BY = "command line"


async def erase_now(
    config_file: ConfigFile, tenant: str, kind: PersonKind, subject: str, dsn: str | None
) -> Erasure:
    """Erase a person to the end; `dsn` is the ledger of the exporter that runs, None starts the embedded one.

    Raises:
        LedgerUnavailable: the ledger does not answer; a running exporter goes on, and so does asking again.
    """
    app = App(config_file)
    async with app.storing(dsn) as (ledger, _):
        await until_ready(app, ledger)
        erasure_id = await ledger.erasures.request(tenant, kind, subject, _REQUESTED_BY)
        await ledger.erasures.run(tenant, erasure_id)
        return (await ledger.erasures.of(tenant, erasure_id))[0]
