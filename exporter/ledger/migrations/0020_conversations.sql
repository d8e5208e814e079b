-- The states that each conversation has reached, so that one that is handed off twice is one conversation.
CREATE TABLE conversation_states (
    tenant          text NOT NULL,
    conversation_id text NOT NULL,
    state           text NOT NULL,
    reached_on      date NOT NULL,
    PRIMARY KEY (tenant, conversation_id, state)
);

CREATE INDEX conversation_states_reached ON conversation_states USING brin (reached_on);
