"""What Stripe tells of one payment, by the type of the event, and an invoice that names none."""

from __future__ import annotations

from tests.unit.sources.stripe_events import charge, intent, invoice, session

PAYMENT_TOLD_BY = {
    "charge.succeeded": charge(),
    "charge.captured": charge(),
    "payment_intent.succeeded": intent(),
    "checkout.session.completed": session(),
    "checkout.session.async_payment_succeeded": session(),
    "invoice.paid": invoice(),
    "invoice.payment_succeeded": invoice(),
    "invoice_payment.paid": {
        "id": "inpay_1",
        "payment": {"payment_intent": "pi_1"},
        "amount_paid": 2000,
        "currency": "usd",
    },
}
NEWER_INVOICE = {"id": "in_1", "amount_paid": 2000, "currency": "usd"}
