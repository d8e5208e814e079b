-- Source: seed document 003 names the table and what its rows hold (user, channel, message type, cost, when sent,
-- delivered and opened, the action taken, the status). Columns and types are those of the same application's public
-- migration ("Create Comprehensive Analytics System", 2025-01-27).
CREATE TABLE users (id serial PRIMARY KEY);

CREATE TABLE communication_metrics (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_type varchar(50),
    channel varchar(10),
    status varchar(20),
    cost float,
    sent_at timestamp DEFAULT now(),
    delivered_at timestamp,
    opened_at timestamp,
    clicked_at timestamp,
    action_taken varchar(100)
);

CREATE INDEX idx_comm_metrics_user_id ON communication_metrics (user_id);
CREATE INDEX idx_comm_metrics_message_type ON communication_metrics (message_type);
CREATE INDEX idx_comm_metrics_channel ON communication_metrics (channel);
CREATE INDEX idx_comm_metrics_status ON communication_metrics (status);
CREATE INDEX idx_comm_metrics_sent_at ON communication_metrics (sent_at);
