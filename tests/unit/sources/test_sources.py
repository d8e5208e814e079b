"""The senders as the application builds them."""

from collections import Counter

from exporter.config import Config, parse
from exporter.sources import build, routes
from exporter.sources.log import Log
from tests.unit.sources.sent import request

DEFAULTS = Config()


def test_no_two_senders_share_a_path():
    paths = Counter(path for source in build(DEFAULTS.sources, []) for path in source.paths)
    assert paths
    assert set(paths.values()) == {1}


def test_the_log_sender_has_the_rules_and_the_token_of_the_configuration():
    rule = {"name": "all", "match": {}, "kind": "level", "set": {"name": "n"}}
    config = parse({"logs": [rule], "sources": {"track": {"token": "right"}}})
    log = next(source for source in build(config.sources, config.logs) if isinstance(source, Log))
    assert len(log.read(request("{}", {"Authorization": "Bearer right"})).submissions) == 1


def test_the_routes_of_all_senders_are_known_from_the_start():
    assert ("sms", "twilio") in routes(build(DEFAULTS.sources, []))
    assert ("whatsapp", "whatsapp") in routes(build(DEFAULTS.sources, []))
