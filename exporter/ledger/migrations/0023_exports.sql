-- Calls of language models in the order of their time, one tenant at a time; tallies are of them and of others.

CREATE INDEX events_calls ON events (tenant, (least(at, received_at)), seq) WHERE kind IN ('llm', 'tally');
