"""Who was told what, and when: of an incident, of a dead exporter, of a lost target, and that alerting works."""

from __future__ import annotations

import re

from tests.e2e.page_receiver import DELIVERY, OUTSIDE, PLATFORM, TICKET, WATCHDOG, Notification
from tests.e2e.story import Tale
from tests.e2e.told import Told


def at(receiver: str, notified: list[Notification]) -> list[Notification]:
    return [one for one in notified if one.receiver == receiver]


def pages_about_delivery(told: Told) -> list[Notification]:
    """Of the SMS that the story sends.

    The recorded webhooks have an account that Meta restricts and MMS that fail, whose pages come and end at any time.
    """
    return [
        one
        for one in at(DELIVERY, told.notified)
        if any(alert["labels"].get("channel") == "sms" for alert in one.body["alerts"])
    ]


def first_page(told: Told) -> Notification:
    return pages_about_delivery(told)[0]


def firing(notifications: list[Notification]) -> list[str]:
    return [one.alertname for one in notifications if one.status == "firing"]


def test_failures_beyond_the_limit_page_once_and_their_end_is_told_once(told: Told) -> None:
    heard = [(one.alertname, one.status) for one in pages_about_delivery(told)]
    assert heard == [("MessageErrorRatioHigh", "firing"), ("MessageErrorRatioHigh", "resolved")]


def test_the_page_speaks_of_the_failing_tenant_and_channel_only(told: Told) -> None:
    for page in pages_about_delivery(told):
        (alert,) = page.body["alerts"]
        assert alert["labels"] == {
            "alertname": "MessageErrorRatioHigh",
            "tenant": "default",
            "channel": "sms",
            "severity": "page",
            "subsystem": "delivery",
        }


def test_the_page_says_what_is_wrong_and_by_how_much(told: Told) -> None:
    annotations = first_page(told).body["alerts"][0]["annotations"]
    assert annotations["summary"] == "Too many messages fail"
    sentence = r"([0-9.]+)% of the sms messages of tenant default failed over 5 minutes; the limit is 5%\."
    found = re.fullmatch(sentence, annotations["description"])
    assert found is not None, annotations["description"]
    assert 5 < float(found[1]) <= 40


def test_the_page_says_where_to_look(told: Told) -> None:
    annotations = first_page(told).body["alerts"][0]["annotations"]
    assert annotations["runbook_url"].endswith("#messageerrorratiohigh")
    assert annotations["dashboard_url"].endswith("viewPanel=11&var-tenant=default&var-channel=sms")


def test_the_page_is_routed_and_grouped_as_shipped(told: Told) -> None:
    body = first_page(told).body
    assert body["receiver"] == "page-delivery"
    assert body["groupLabels"] == {"alertname": "MessageErrorRatioHigh", "subsystem": "delivery"}
    assert body["truncatedAlerts"] == 0


def test_no_page_carries_a_phone_number_or_an_address(told: Told) -> None:
    for one in [*told.notified_before, *told.notified]:
        for alert in one.body["alerts"]:
            said = " ".join([*alert["labels"].values(), *alert["annotations"].values()])
            of_a_person = re.sub(r"\bwaba:[0-9]+", "an account of the company", said)
            assert not re.search(r"\+?[0-9]{9,}|@", of_a_person), said


def test_an_alert_is_pending_before_it_fires(told: Told) -> None:
    began_s = {one["metric"]["alertstate"]: one["values"][0][0] for one in told.history["page"]}
    assert began_s["pending"] < began_s["firing"]


def test_a_ticket_about_the_same_is_held_back_by_the_page(told: Told) -> None:
    assert told.ticket["labels"]["severity"] == "ticket"
    assert told.ticket["status"]["state"] == "suppressed"
    assert told.ticket["status"]["inhibitedBy"] == [told.page["fingerprint"]]


def test_a_ticket_that_is_held_back_is_never_sent(told: Told) -> None:
    assert "ProcessingTimeP95High" not in {one.alertname for one in told.notified}


def test_the_page_itself_is_held_back_by_nothing(told: Told) -> None:
    assert told.page["status"]["state"] == "active"


def test_an_event_that_could_not_be_counted_is_a_ticket(told: Told) -> None:
    assert "EventsParked" in firing(at(TICKET, told.notified))


def test_a_dead_exporter_pages_and_then_a_lost_target_does(told: Told) -> None:
    # On a busy machine it may have been lost for a moment before.
    assert list(dict.fromkeys(firing(at(OUTSIDE, told.notified)))) == ["ExporterDown", "ExporterAbsent"]


def test_the_watchdog_comes_again_and_again_to_its_own_receiver_only(told: Told) -> None:
    assert len(at(WATCHDOG, told.notified)) > 1
    assert {one.alertname for one in at(WATCHDOG, told.notified)} == {"Watchdog"}
    assert [one.receiver for one in told.notified if one.alertname == "Watchdog"] == [WATCHDOG] * len(
        at(WATCHDOG, told.notified)
    )


def test_a_good_hour_pages_nobody(told: Told) -> None:
    """But for what the recorded webhooks tell, an account that Meta restricts and MMS that fail.

    With durations that shrink, a busy machine is late: with its first scrape, which does not shrink, and with others.
    """
    pages = [one for one in told.notified_before if one.receiver in (DELIVERY, PLATFORM, OUTSIDE)]
    late = {"ExporterAbsent", "ExporterDown", "ScanStale"}
    recorded = {"WhatsAppAccountRestricted", "MessageErrorBudgetFastBurn"}
    assert {one.alertname for one in pages} <= late | recorded
    assert not any(alert["labels"].get("channel") == "sms" for one in pages for alert in one.body["alerts"])


def test_each_generation_is_another_version(tale: Tale) -> None:
    assert len({told.version for told in tale.values()}) == len(tale)
