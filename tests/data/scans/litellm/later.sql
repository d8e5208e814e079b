-- A new call; one that took five minutes and is written only now, dated by its beginning; the operator deletes old rows.
INSERT INTO "LiteLLM_SpendLogs"
    ("request_id", "call_type", "spend", "prompt_tokens", "completion_tokens", "startTime", "endTime", "model",
    "custom_llm_provider", "metadata", "cache_hit", "team_id", "status")
SELECT id, 'acompletion', 1, 100, 0, at, at + seconds * interval '1 second', 'gpt-4o', 'openai', '{}', 'None', 'team-b', 'success'
FROM
    (VALUES ('new-1', 4), ('late-2', 300)) AS call (id, seconds),
    LATERAL (SELECT now() AT TIME ZONE 'UTC' - seconds * interval '1 second' AS at) AS its;
DELETE FROM "LiteLLM_SpendLogs" WHERE "request_id" IN ('chatcmpl-1', 'f-10');
