"""All calls of the demo, in order: the same seed gives the same calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random

from exporter.demo import (
    app_stories,
    llm_stories,
    mailgun_stories,
    sendgrid_stories,
    ses_stories,
    stripe_stories,
    twilio_stories,
    whatsapp_account_stories,
    whatsapp_stories,
)
from exporter.demo.faults import FAULTS, Fault, disturbed, forged, reordered, repeated
from exporter.demo.scene import Call, Scene, Story, Teller
from exporter.demo.world import COMPANIES

STORIES: dict[Teller, int] = {
    twilio_stories.sms: 30,
    twilio_stories.mms: 6,
    twilio_stories.whatsapp_through_twilio: 8,
    twilio_stories.failed_sms: 0,
    twilio_stories.canceled_sms: 1,
    twilio_stories.customer_texts: 12,
    twilio_stories.customer_sends_picture: 3,
    twilio_stories.customer_opts_out: 2,
    whatsapp_stories.template_message: 20,
    whatsapp_stories.button_pressed: 2,
    whatsapp_stories.failed_message: 0,
    whatsapp_stories.skewed_clocks: 1,
    whatsapp_stories.batch: 4,
    whatsapp_stories.customer_writes: 4,
    whatsapp_stories.customer_is_answered: 8,
    whatsapp_account_stories.template_news: 3,
    whatsapp_account_stories.template_quality: 1,
    whatsapp_account_stories.number_news: 1,
    whatsapp_account_stories.account_news: 1,
    whatsapp_account_stories.marketing_preference: 1,
    sendgrid_stories.mail: 6,
    sendgrid_stories.newsletter: 2,
    mailgun_stories.mail: 6,
    ses_stories.mail: 6,
    ses_stories.subscription: 0,
    stripe_stories.charge_succeeded: 5,
    stripe_stories.charge_failed: 1,
    stripe_stories.charge_refunded: 1,
    stripe_stories.charge_disputed: 1,
    llm_stories.llm_call: 6,
    llm_stories.logged_call: 6,
    llm_stories.pushed_call: 4,
    llm_stories.traced_call: 4,
    app_stories.answer: 15,
    app_stories.own_mail: 6,
    app_stories.conversation: 10,
    app_stories.handoff: 0,
    app_stories.payment: 2,
    app_stories.credit: 4,
    app_stories.outcome: 3,
    app_stories.outbound_webhook: 6,
    app_stories.levels: 8,
}
"""Every story and how often it is told; one with 0 belongs to the opening only, and then happens inside others."""

_ONE_OF_EACH_SENDER: tuple[Teller, ...] = (
    twilio_stories.sms,
    whatsapp_stories.button_pressed,
    sendgrid_stories.mail,
    mailgun_stories.mail,
    ses_stories.mail,
    stripe_stories.charge_succeeded,
    app_stories.credit,
)
_DAYS_LATE = timedelta(days=3)


def traffic(seed: int, began: datetime, rate: float) -> Iterator[Call]:
    """Calls without end, ordered by `at_s`: first every story and every fault once, then as chance has it.

    Ids, content and order follow from the seed and the rate, timestamps from `began` as well.

    Args:
        seed: any whole number; two seeds have no id in common.
        began: aware UTC; `at_s` counts from here.
        rate: events a second.
    """
    random = Random(seed)  # noqa: S311  # it must repeat, and guards nothing
    waiting: list[tuple[float, int, Call]] = []
    numbers = count()
    start_s = 0.0
    for tell in _tellers(random):
        while waiting and waiting[0][0] <= start_s:
            yield heappop(waiting)[2]
        scene = Scene(random, random.choice(COMPANIES), began + timedelta(seconds=start_s), start_s)
        story = tell(scene)
        for call in story:
            at_s = start_s + call.at_s + call.held_s
            heappush(waiting, (at_s, next(numbers), call._replace(at_s=at_s)))
        start_s += sum(call.events for call in story) / rate


def _tellers(random: Random) -> Iterator[Teller]:
    opening = [*STORIES, *_troubled()]
    yield from random.sample(opening, len(opening))
    tellers, weights = list(STORIES), list(STORIES.values())
    while True:
        tell = random.choices(tellers, weights)[0]
        yield partial(_with_fault, tell, disturbed)


def _troubled() -> Iterator[Teller]:
    """Each fault once, a retry and a forgery of each sender, and receipts that took days."""
    for fault in FAULTS:
        yield partial(_with_fault, twilio_stories.sms, fault)
    for tell in _ONE_OF_EACH_SENDER:
        yield partial(_with_fault, tell, repeated)
        yield partial(_with_fault, tell, forged)
    yield partial(_with_fault, partial(_days_ago, whatsapp_stories.template_message), reordered)
    yield partial(_with_fault, partial(_days_ago, sendgrid_stories.mail), reordered)
    yield partial(_days_ago, whatsapp_stories.lost_receipts)


def _with_fault(tell: Teller, fault: Fault, scene: Scene) -> Story:
    return fault(scene.random, tell(scene))


def _days_ago(tell: Teller, scene: Scene) -> Story:
    """A story of some days ago whose calls were retried until now."""
    return tell(replace(scene, at=scene.at - _DAYS_LATE))
