"""The notifications of whoever looks at the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from exporter.front_page.look import Inbox
from exporter.front_page.visit import Visit
from exporter.ledger import notifications
from exporter.ledger.notification_inbox import Filter, counted, listed
from exporter.ledger.reader import Reader

_NEWEST = 5


def inbox_of(reader: Reader) -> Callable[[Visit], Awaitable[Inbox | None]]:
    """Asks the ledger; answers None for a visitor who is nobody, or of no tenant."""

    async def inbox(visit: Visit) -> Inbox | None:
        caller = visit.caller
        if caller is None or caller.tenant is None:
            return None
        whose = notifications.Inbox(caller.tenant, caller.user, caller.role.value)
        async with reader.of(caller.tenant) as connection:
            unread = await counted(connection, whose, Filter(is_read=False))
            newest, _ = await listed(connection, whose, Filter(), _NEWEST, 0)
        titles = [one.title for one in sorted(newest, key=lambda one: one.is_read)]
        return Inbox(unread, titles)

    return inbox
