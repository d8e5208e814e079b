"""The senders as the application builds them."""

from exporter.config import Config, LogRule, SourcesConfig, TrackConfig
from exporter.sources import build
from tests.unit.sources.sent import request


def test_every_sender_is_built_under_its_own_name():
    sources = build(Config())
    assert [source.name for source in sources] == list(sources._fields)


def test_the_log_sender_has_the_rules_and_the_token_of_the_configuration():
    rule = LogRule(name="all", match={}, kind="level", set={"name": "n"})
    config = Config(sources=SourcesConfig(track=TrackConfig()), logs=[rule])
    assert len(build(config).log.read(request("{}")).submissions) == 1
