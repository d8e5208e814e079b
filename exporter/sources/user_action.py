"""POST /user-action: a user did something, and it may have been worth money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import Engagement, Outcome, Submission
from exporter.sources.action_list import ActionList
from exporter.sources.app_call import AppCall, once_key, written
from exporter.sources.bearer import check_bearer
from exporter.sources.source import Batch, Request, Source
from exporter.sources.strict_json import decode_body


class _Action(AppCall, frozen=True, kw_only=True):
    action: str | None = None
    action_type: str | None = None
    amount: Decimal | None = None
    financial_impact: Decimal | None = None

    @property
    def name(self) -> str | None:
        return self.action or self.action_type

    @property
    def amount_usd(self) -> Decimal | None:
        return self.amount or self.financial_impact


_action = msgspec.json.Decoder(_Action)


class UserAction(Source):
    """Actions of users and what they gained or lost by them; an action counts once a message."""

    name = "track"
    paths = ("/user-action",)
    takes = "what a user did, and what it was worth"
    kinds = (Engagement, Outcome)
    strict = True

    def __init__(self, tokens: tuple[bytes, ...], actions: ActionList) -> None:
        self._tokens = tokens
        self._actions = actions

    def read(self, request: Request) -> Batch:
        """Check the token and take one action, with its money as an outcome."""
        check_bearer(self._tokens, request)
        call = decode_body(_action, request.body)
        _check(call)
        happened: list[tuple[str, dict[str, object]]] = [
            ("action", {"kind": "engagement", "message_id": written(call.message_id)})
        ]
        if call.amount_usd:
            happened.append(("outcome", {"kind": "outcome", "amount_usd": call.amount_usd}))
        batch = Batch([], [])
        for what, fields in happened:
            event = self._actions.named(call.event(request, action=call.name, **fields))
            batch.submissions.append(Submission(self.name, event, request.body, _key(what, call, event.at)))
        return batch


def _check(call: _Action) -> None:
    if not call.name:
        raise Rejected(Reason.MISSING_FIELD, "action: missing")
    if call.message_id is None and call.user_id is None:
        raise Rejected(Reason.MISSING_FIELD, "message_id and user_id: both missing")


def _key(what: str, call: _Action, at: datetime) -> str | None:
    """A message and its action count once; without a message what the caller says to tell repeats apart."""
    if call.message_id is not None:
        return once_key(what, str(call.message_id), call.name or "")
    if event_id := written(call.event_id):
        return once_key(what, event_id)
    if call.moment is not None:
        return once_key(what, str(call.user_id), call.name or "", at.isoformat())
    return None
