-- Erasures: a person's number, address and texts leave every table. A row is the order, and afterwards the proof; what
-- it holds of the person goes with the last step.
CREATE TABLE erasures (
    erasure_id   uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant       text        NOT NULL,
    kind         text        NOT NULL,
    requested_by text        NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    done_seq     bigint      NOT NULL DEFAULT 0,
    counts       jsonb       NOT NULL DEFAULT '{}',
    subject      text,
    addresses    text[],
    salt         text        DEFAULT gen_random_uuid()::text,
    PRIMARY KEY (tenant, erasure_id)
);

CREATE INDEX erasures_waiting ON erasures (requested_at) WHERE finished_at IS NULL;

COMMENT ON COLUMN erasures.done_seq IS 'Up to which event the ledger has been searched.';
COMMENT ON COLUMN erasures.counts IS 'Rows changed or deleted, by table.';
COMMENT ON COLUMN erasures.subject IS 'The user, number or e-mail address; null once it is erased.';
COMMENT ON COLUMN erasures.addresses IS 'Numbers and addresses that events of the user name; null before they were looked for, and at the end.';
COMMENT ON COLUMN erasures.salt IS 'Goes into the names that ids get which hold a number; null at the end, so that nobody can try numbers.';

-- The name of an id that held something of a person: the same in every table while the salt is known.
CREATE FUNCTION erased_id(p_salt text, p_id text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'erased:' || encode(sha256(convert_to(p_salt || p_id, 'UTF8')), 'hex')
$$;

SELECT open_to_readers('erasures');

-- Whom it is about is for those who erase only.
DO $$
BEGIN
    IF to_regrole('comms_reader') IS NOT NULL THEN
        REVOKE SELECT ON erasures FROM comms_reader;
        GRANT SELECT (tenant, erasure_id, kind, requested_by, requested_at, finished_at, counts)
            ON erasures TO comms_reader;
    END IF;
END $$;
