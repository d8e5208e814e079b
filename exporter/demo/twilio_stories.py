"""What Twilio sends: status callbacks, customers' messages, opt-outs.

Source: field names of Twilio's status callbacks and of its webhooks for incoming messages (twilio.com/docs).
"""

from __future__ import annotations

from urllib.parse import urlencode

from exporter.demo.scene import Call, Habit, Scene, Sender, Story
from exporter.demo.world import Trouble

# Unreachable, unknown, filtered, landline, carrier error: what a carrier's bad day looks like.
_ERROR_CODES = ("30003", "30005", "30006", "30007", "30008", "21610")
_USUAL_FAILURES_RATIO = 0.02
_BAD_DAY_FAILURES_RATIO = 0.45


def sms(scene: Scene) -> Story:
    """An SMS to a customer, delivered or not."""
    return _outbound(scene, scene.name("SM"), "", ())


def mms(scene: Scene) -> Story:
    """A message with a picture."""
    return _outbound(scene, scene.name("MM"), "", ())


def whatsapp_through_twilio(scene: Scene) -> Story:
    """A WhatsApp message by Twilio's API; its customer reads it."""
    return _outbound(scene, scene.name("SM"), "whatsapp:", ("read",))


def failed_sms(scene: Scene) -> Story:
    """An SMS that Twilio gives up before it is sent."""
    sid, customer = scene.name("SM"), scene.customer()
    code = scene.random.choice(_ERROR_CODES)
    return [
        _status(scene, 0.0, sid, customer, "queued"),
        _status(scene, 0.4, sid, customer, "failed", ErrorCode=code),
    ]


def canceled_sms(scene: Scene) -> Story:
    """An SMS that was planned and called off."""
    sid, customer = scene.name("SM"), scene.customer()
    return [
        _status(scene, 0.0, sid, customer, "scheduled"),
        _status(scene, scene.seconds(1, 5), sid, customer, "canceled"),
    ]


def customer_texts(scene: Scene) -> Story:
    """An SMS from a customer, of one to three segments, and its answer; the time between follows from the two."""
    customer = scene.customer(Habit.TALKS)
    slow = scene.has(Trouble.ANSWERS_ARE_SLOW)
    segments = str(scene.random.randint(1, 3))
    asked = _inbound(scene, scene.name("SM"), customer, "Where is my order?", NumSegments=segments)
    answer_s = scene.seconds(4, 12) if slow else scene.seconds(0.3, 1.5)
    sid = scene.name("SM")
    return [
        asked,
        _status(scene, answer_s, sid, customer, "sent"),
        _status(scene, answer_s + 1, sid, customer, "delivered"),
    ]


def customer_sends_picture(scene: Scene) -> Story:
    """An MMS from a customer."""
    media = {"NumMedia": "1", "MediaContentType0": "image/jpeg", "MediaUrl0": "https://media.example.com/1"}
    return [_inbound(scene, scene.name("MM"), scene.customer(Habit.WRITES), "This is broken", **media)]


def customer_opts_out(scene: Scene) -> Story:
    """STOP, and sometimes START or HELP."""
    word = scene.random.choice(("STOP", "STOP", "START", "HELP"))
    return [_inbound(scene, scene.name("SM"), scene.customer(Habit.WRITES), word, OptOutType=word)]


def _outbound(scene: Scene, sid: str, prefix: str, after_delivery: tuple[str, ...]) -> Story:
    customer = scene.customer()
    sent_s = scene.seconds(0.2, 0.6)
    end_s = sent_s + scene.seconds(0.5, 3)
    story = [_status(scene, 0.0, sid, customer, "queued", prefix)]
    story.append(_status(scene, sent_s, sid, customer, "sent", prefix))
    bad_day = scene.has(Trouble.CARRIER_FAILS)
    if scene.happens(_BAD_DAY_FAILURES_RATIO if bad_day else _USUAL_FAILURES_RATIO):
        code = scene.random.choice(_ERROR_CODES)
        return [*story, _status(scene, end_s, sid, customer, "undelivered", prefix, ErrorCode=code)]
    for place, status in enumerate(("delivered", *after_delivery)):
        story.append(_status(scene, end_s + place, sid, customer, status, prefix))
    return story


def _status(
    scene: Scene, at_s: float, sid: str, customer: str, status: str, prefix: str = "", **more: str
) -> Call:
    addresses = {"To": prefix + customer, "From": prefix + scene.company.sender}
    return _call(scene, at_s, sid, {"MessageStatus": status, "SmsStatus": status, **addresses, **more})


def _inbound(scene: Scene, sid: str, customer: str, text: str, **more: str) -> Call:
    country = "GB" if scene.company.sender.startswith("+44") else "US"
    addresses = {"To": scene.company.sender, "From": customer, "FromCountry": country}
    standard = {"SmsStatus": "received", "NumMedia": "0", "NumSegments": "1", "Body": text}
    return _call(scene, 0.0, sid, {**standard, **addresses, **more})


def _call(scene: Scene, at_s: float, sid: str, fields: dict[str, str]) -> Call:
    """The ids come last, so that a body cut short lacks them."""
    ids = {"AccountSid": scene.company.account_sid, "SmsSid": sid, "MessageSid": sid}
    form = urlencode({**fields, "ApiVersion": "2010-04-01", **ids})
    return Call(at_s, Sender.TWILIO, form.encode())
