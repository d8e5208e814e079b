"""WhatsApp Cloud: what customers do with messages of ours."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.event import Account, Engagement
from exporter.vocabulary import Actor, Channel
from tests.unit.sources.whatsapp_sent import INBOUND, notification, read, received

CONTEXT = {"from": "15550783881", "id": "wamid.ours"}


def wishes(*preferences: Any, **entry: Any) -> list[Any]:
    value = {"user_preferences": list(preferences)}
    return list(read(notification(value, "user_preferences", **entry)).submissions)


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ({"type": "text"}, "reply"),
        ({"type": "image"}, "reply"),
        ({"type": "hologram"}, "reply"),
        ({"type": ["text"]}, "reply"),
        ({"type": "button", "button": {"payload": "p", "text": "t"}}, "click"),
        ({"type": "interactive", "interactive": {"type": "button_reply"}}, "click"),
        ({"type": "interactive", "interactive": {"type": "list_reply"}}, "click"),
        ({"type": "interactive", "interactive": {"type": "nfm_reply"}}, "click"),
        ({"type": "interactive", "interactive": {"type": "call_permission_reply"}}, "reply"),
        ({"type": "interactive", "interactive": {"type": ["button_reply"]}}, "reply"),
        ({"type": "interactive", "interactive": "oops"}, "reply"),
        ({"type": "interactive"}, "reply"),
    ],
)
def test_an_answer_to_a_message_of_ours_engages_with_it(message, action):
    step, (engagement,) = received(context=CONTEXT, **message)
    assert (engagement.action, engagement.message_id) == (action, "wamid.ours")
    assert (engagement.actor, engagement.channel, engagement.at) == (Actor.HUMAN, Channel.WHATSAPP, step.at)


@pytest.mark.parametrize("kind", ["edit", "revoke", "system"])
def test_a_change_of_an_old_message_answers_nothing(kind):
    assert received(type=kind, context=CONTEXT)[1] == []


@pytest.mark.parametrize(
    "context", [None, {}, {"forwarded": True}, {"id": None}, {"id": 5}, {"id": ""}, "oops", []]
)
def test_a_message_without_a_context_engages_with_nothing(context):
    step, engagements = received(context=context)
    assert (step.message_id, engagements) == ("wamid.2", [])


def test_a_reaction_engages_with_the_message_it_is_put_on():
    _, (engagement,) = received(type="reaction", reaction={"message_id": "wamid.ours", "emoji": "😮"})
    assert (engagement.action, engagement.message_id) == ("reaction", "wamid.ours")


@pytest.mark.parametrize(
    "reaction",
    [{"message_id": "wamid.ours"}, {"message_id": "wamid.ours", "emoji": ""}, {"emoji": "😮"}, "oops", None],
)
def test_a_reaction_taken_back_or_without_its_message_is_none(reaction):
    assert received(type="reaction", reaction=reaction, context=CONTEXT)[1] == []


def test_an_answer_has_a_key_of_its_own_message_so_that_a_repeat_counts_once():
    value = {"messages": [INBOUND | {"context": CONTEXT}, INBOUND | {"id": "wamid.3", "context": CONTEXT}]}
    keys = [s.key for s in read(notification(value)).submissions]
    assert keys == [None, "engagement:wamid.2", None, "engagement:wamid.3"]


def test_an_unreadable_part_of_a_message_does_not_stop_the_message():
    sent = (
        b'{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"wamid.2","type":"interactive",'
        b'"context":{"id":"\\ud83d"},"interactive":{"type":"\\ud83d"}}]}}]}]}'
    )
    batch = read(sent)
    assert (len(batch.submissions), batch.parked) == (1, [])


@pytest.mark.parametrize(("word", "action"), [("stop", "opt_out"), ("resume", "opt_in")])
def test_a_wish_about_marketing_is_an_opt_out_or_an_opt_in(word, action):
    preference = {
        "wa_id": "16505551234",
        "category": "marketing_messages",
        "value": word,
        "timestamp": 1755000000,
    }
    (wish,) = wishes(preference)
    assert isinstance(wish.event, Engagement)
    assert (wish.event.action, wish.event.at.timestamp()) == (action, 1755000000)
    assert (wish.event.message_id, wish.event.channel) == (None, Channel.WHATSAPP)
    assert "16505551234" not in str(wish.event)


@pytest.mark.parametrize("odd", [{"value": "perhaps"}, {"value": 5}, {}, "oops"])
def test_another_wish_is_news_of_that_field(odd):
    stop, other = wishes({"value": "stop"}, odd)
    assert stop.event.action == "opt_out"
    assert isinstance(other.event, Account)
    assert (other.event.field, other.event.state) == (
        "user_preferences",
        "other" if isinstance(odd, dict) and odd.get("value") == "perhaps" else None,
    )


def test_the_same_wish_sent_again_has_the_same_key_and_two_wishes_have_two():
    first, second = wishes({"value": "stop"}, {"value": "stop"})
    assert [w.key for w in wishes({"value": "stop"}, {"value": "stop"})] == [first.key, second.key]
    assert first.key != second.key
