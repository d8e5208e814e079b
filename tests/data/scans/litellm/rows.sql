-- Rows as LiteLLM writes them, their shapes taken from a dump of such a table: failures of the proxy itself have no
-- provider and no call type, and `cache_hit` is the text None where there is no cache. Minutes from two days ago.
INSERT INTO "LiteLLM_SpendLogs"
    ("request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens", "completion_tokens", "startTime",
    "endTime", "model", "model_group", "custom_llm_provider", "user", "metadata", "cache_hit", "team_id", "end_user",
    "requester_ip_address", "messages", "session_id", "status")
SELECT
    id, call_type, 'canary-key', spend, input + output, input, output, at, at + seconds * interval '1 second', model,
    model, provider, 'employee@example.com', metadata::jsonb, cache_hit, team, 'customer-7', '192.0.2.7',
    '{"content": "canary text"}', 'session-1', status
FROM (VALUES
    -- 400 x 0.15 and 100 x 0.60 USD a million.
    ('chatcmpl-1', 'acompletion', 0.00012, 400, 100, 0, 1.2, 'gpt-4o-mini', 'openai', 'None', 'team-a', 'success',
        '{"usage_object": {"prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": null}}'),
    -- Of 1,000 tokens in, 600 were read from the provider's cache and 200 written to it; the price is not ours to know.
    ('msg-2', 'anthropic_messages', 0.00123, 1000, 50, 1, 2.5, 'claude-sonnet-4-5', 'anthropic', 'False', 'team-a', 'success',
        '{"usage_object": {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 200}}'),
    -- Thought of for 200 of its 300 tokens; a sum of doubles that is not quite 0.3.
    ('chatcmpl-3', 'acompletion', 0.1::float8 + 0.2::float8, 100, 300, 2, 45, 'o3-mini', 'openai', 'None', 'team-a', 'success',
        '{"usage_object": {"completion_tokens_details": {"reasoning_tokens": 200}, "prompt_tokens_details": {"cached_tokens": 60}}}'),
    -- Answered by LiteLLM's own cache.
    ('chatcmpl-1_cache_hit1763719200.1', 'acompletion', 0, 400, 100, 3, 0.01, 'gpt-4o-mini', 'openai', 'True', 'team-a', 'success', '{}'),
    -- Nobody has a price for it.
    ('chatcmpl-5', 'acompletion', 0, 30, 10, 4, 0.147, 'llama3.2:latest', 'ollama', 'None', 'team-a', 'success', '{}'),
    -- A price that LiteLLM did not know and we do: 2,000 x 0.15 USD a million.
    ('chatcmpl-6', 'acompletion', 0, 2000, 0, 5, 0.5, 'gpt-4o-mini', 'openai', 'None', 'team-a', 'success', '{}'),
    -- Embeddings, with a spend that is written 3e-07; no team, and so the scan's tenant.
    ('embd-7', 'aembedding', 0.0000003, 15, 0, 6, 0.2, 'text-embedding-3-small', 'openai', 'None', '', 'success', '{}'),
    -- From before there was a status.
    ('chatcmpl-8', 'acompletion', 0.5, 10, 10, 7, 1, 'gpt-4o', 'openai', 'None', NULL, NULL, '{"usage_object": "broken"}'),
    -- A clock was set back while it was answered.
    ('chatcmpl-9', 'acompletion', 0.25, 10, 10, 8, -1, 'gpt-4o', 'openai', 'None', 'team-b', 'success', NULL),
    -- Failures: too many requests, too slow, a wrong model, no valid key.
    ('f-10', 'acompletion', 0, 0, 0, 9, 0.3, 'gpt-4o', 'openai', 'False', 'team-b', 'failure',
        '{"status": "failure", "error_information": {"error_code": "429", "error_class": "RateLimitError", "error_message": "canary text"}}'),
    ('f-11', 'acompletion', 0, 0, 0, 10, 600, 'gpt-4o', 'openai', 'False', 'team-b', 'failure',
        '{"status": "failure", "error_information": {"error_code": "408", "error_class": "Timeout"}}'),
    ('f-12', '', 0, 0, 0, 11, 0, 'ollama/mistral:latest', '', 'False', 'team-b', 'failure',
        '{"status": "failure", "error_information": {"error_code": "400", "error_class": "ProxyModelNotFoundError"}}'),
    ('f-13', '', 0, 0, 0, 12, 0, '', '', 'False', '', 'failure',
        '{"status": "failure", "error_information": {"error_code": "", "error_class": "ProxyException"}}')
) AS call (id, call_type, spend, input, output, minute, seconds, model, provider, cache_hit, team, status, metadata),
LATERAL (
    SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '2 days' + minute * interval '1 minute' AS at
) AS its;
