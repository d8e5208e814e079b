"""What the addresses of a callback tell: the country, the peer, our own number and its tenant."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from exporter.sources.twilio import Twilio, TwilioConfig
from tests.unit.sources.sent import TWILIO_TOKEN, TWILIO_URL, twilio_request
from tests.unit.sources.twilio_read import INBOUND, STATUS, message, read, twilio


@pytest.mark.parametrize(
    ("stated", "country"), [("US", "US"), ("gb", "GB"), ("USA", None), ("", None), ('"}', None)]
)
def test_the_country_that_twilio_states_is_two_letters_or_unknown(stated, country):
    short_code = {"From": "24273", "FromCountry": stated}
    assert message(INBOUND | short_code).country == country


@pytest.mark.parametrize(
    ("to", "country"),
    [
        ("+12025550103", "US"),
        ("+14165550103", "CA"),
        ("whatsapp:+447700900133", "GB"),
        ("rcs:+31612345678", "NL"),
        ("+5511987654321", "BR"),
        ("24273", None),
        ("messenger:9876543210", None),
        ("whatsapp:US.13491208655302741918", None),
        ("client:somebody", None),
        ("+" + "9" * 400, None),
        ("+¹²³", None),
        ("", None),
    ],
)
def test_the_country_of_a_callback_is_that_of_the_customers_number(to, country):
    assert message(STATUS | {"To": to}).country == country


def test_the_country_of_an_inbound_message_is_the_senders_when_twilio_states_none():
    assert message(INBOUND | {"From": "+14165550103"}).country == "CA"


@pytest.mark.parametrize(
    ("peer", "kept"),
    [("whatsapp:+447700900133", "whatsapp:+447700900133"), ("", None), ("x" * 600, None), ("a\0b", None)],
)
def test_the_peer_is_the_customers_address_with_its_prefix(peer, kept):
    assert message(STATUS | {"To": peer}).peer == kept
    assert message(INBOUND | {"From": peer}).peer == kept


@pytest.mark.parametrize(
    ("fields", "alias"),
    [
        (STATUS, "marketing"),
        (STATUS | {"From": "whatsapp:+12025550101"}, "marketing"),
        (INBOUND, "marketing"),
        (STATUS | {"From": "MyBrand", "MessagingServiceSid": "MG1"}, "otp"),
        (STATUS | {"From": "+12025550199"}, None),
        (INBOUND | {"From": "+12025550101", "To": "+12025550199"}, None),
    ],
)
def test_our_sender_has_the_alias_that_the_operator_gave_it(fields, alias):
    config = TwilioConfig(
        auth_token=SecretStr(TWILIO_TOKEN), senders={"+12025550101": "marketing", "MG1": "otp"}
    )
    assert Twilio(config).read(twilio_request(fields)).submissions[0].event.sender == alias


@pytest.mark.parametrize(
    ("query", "tenant"),
    [
        ("?tenant=acme", "acme"),
        ("?env=prod&tenant=a.b:c-d_e", "a.b:c-d_e"),
        ("?tenant=", "default"),
        ("?tenant=a%22%7D%0A", "default"),
        ("?tenant=acme%0A", "default"),
        ("?tenant=" + "x" * 129, "default"),
        ("?tenant=%C3%A9", "default"),
        ("?tenant=acme&tenant=other", "acme"),
    ],
)
def test_the_signed_url_names_the_tenant_when_it_can_be_a_label(query, tenant):
    assert read(STATUS, TWILIO_URL + query).submissions[0].event.tenant == tenant


@pytest.mark.parametrize(
    ("tenants", "tenant"),
    [
        ({STATUS["AccountSid"]: "account", "MG1": "service", "+12025550101": "number"}, "account"),
        ({"MG1": "service", "+12025550101": "number"}, "service"),
        ({"+12025550101": "number"}, "number"),
        ({"+12025550199": "nobody"}, "default"),
    ],
)
def test_without_a_named_tenant_the_account_the_service_or_our_number_decides(tenants, tenant):
    sent = twilio_request(STATUS | {"MessagingServiceSid": "MG1"})
    assert twilio(tenants).read(sent).submissions[0].event.tenant == tenant


def test_our_own_number_is_the_receiver_of_an_inbound_message():
    tenants = {INBOUND["To"]: "ours", INBOUND["From"]: "the customer's"}
    reader = Twilio(TwilioConfig(auth_token=SecretStr(TWILIO_TOKEN), tenants={INBOUND["To"]: "ours"}))
    assert reader.read(twilio_request(INBOUND)).submissions[0].event.tenant == tenants[INBOUND["To"]]


def test_a_whatsapp_number_of_ours_is_found_with_and_without_its_prefix():
    sent = twilio_request(STATUS | {"From": "whatsapp:+12025550101"})
    for name in ("whatsapp:+12025550101", "+12025550101"):
        assert twilio({name: "acme"}).read(sent).submissions[0].event.tenant == "acme"


@pytest.mark.parametrize(
    ("fields", "country", "number_type"),
    [
        ({}, "US", None),
        ({"To": "+447700900123"}, "GB", None),
        ({"To": "24273", "ToCountry": "CA"}, "CA", "shortcode"),
        ({"To": "24273"}, None, "shortcode"),
        ({"To": "whatsapp:+447700900123"}, "GB", None),
    ],
)
def test_our_own_number_says_what_decides_the_price_of_a_received_message(fields, country, number_type):
    event = message(INBOUND | fields)
    assert (event.own_country, event.number_type) == (country, number_type)


def test_our_own_number_of_a_sent_message_is_the_sender():
    event = message(STATUS | {"From": "24273", "To": "+447700900123"})
    assert (event.own_country, event.number_type, event.country) == (None, "shortcode", "GB")
