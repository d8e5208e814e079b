"""The categories of Twilio's Usage Records that add up to what messaging costs.

Twilio lists some 555 categories, and they nest: `sms` contains `sms-outbound`, that contains `sms-outbound-longcode`,
and `totalprice` contains all. Here stand those of one depth. Carrier fees and the fee for failed messages are
categories beside them, not inside.

Source: twilio.com/docs/usage/api/usage-record#usage-categories (2026-09-08); names as in twilio-python 9.7,
twilio/rest/api/v2010/account/usage/record. RCS is left out: it is not said which of its categories contain which.
"""

from __future__ import annotations

from exporter.billing.bill_source import Category
from exporter.vocabulary import Channel, Component

TOTAL = "totalprice"

_SMS = Category("sms", Channel.SMS, Component.MESSAGE)
_MMS = Category("mms", Channel.MMS, Component.MESSAGE)
_WHATSAPP_FEE = Category("channels-whatsapp", Channel.WHATSAPP, Component.PLATFORM_FEE)
_WHATSAPP_TEMPLATE = Category("channels-whatsapp-template", Channel.WHATSAPP, Component.MESSAGE)

CATEGORIES = {
    "sms-inbound": _SMS,
    "sms-outbound": _SMS,
    "sms-messages-carrierfees": Category("sms-messages-carrierfees", Channel.SMS, Component.CARRIER_FEE),
    "mms-inbound": _MMS,
    "mms-outbound": _MMS,
    "mms-messages-carrierfees": Category("mms-messages-carrierfees", Channel.MMS, Component.CARRIER_FEE),
    "channels-whatsapp-inbound": _WHATSAPP_FEE,
    "channels-whatsapp-outbound": _WHATSAPP_FEE,
    "channels-whatsapp-template-marketing": _WHATSAPP_TEMPLATE,
    "channels-whatsapp-template-service": _WHATSAPP_TEMPLATE,
    "channels-whatsapp-template-utility": _WHATSAPP_TEMPLATE,
    "failed-message-processing-fee": Category("failed-message-processing-fee", None, Component.FAILURE_FEE),
}
