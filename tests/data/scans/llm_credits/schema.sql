-- Source: seed document 002. `notifications` is given there ("Database Schema"), with its indexes as statements of
-- their own: inside CREATE TABLE is MySQL's way. Of `credit_transactions` the document says only that metadata holds
-- provider and model, and of payments what is paid for what credits; their columns are those of the public models of
-- the same product at the document's version (SmartSpec Pro, app/models/credit.py and payment.py, January 2024), where
-- the table of payments is called payment_transactions.
CREATE TABLE users (id varchar(36) PRIMARY KEY);

CREATE TABLE credit_transactions (
    id varchar(36) PRIMARY KEY,
    user_id varchar(36) NOT NULL REFERENCES users (id),
    type varchar(20) NOT NULL,
    amount integer NOT NULL,
    description text,
    balance_before integer NOT NULL,
    balance_after integer NOT NULL,
    metadata json,
    created_at timestamptz DEFAULT now()
);

CREATE INDEX ix_credit_transactions_user_id_type ON credit_transactions (user_id, type);
CREATE INDEX ix_credit_transactions_created_at ON credit_transactions (created_at);

CREATE TABLE payments (
    id serial PRIMARY KEY,
    user_id varchar(36) NOT NULL REFERENCES users (id),
    stripe_session_id varchar(255) UNIQUE,
    stripe_payment_intent_id varchar(255),
    stripe_customer_id varchar(255),
    amount_usd numeric(10, 2) NOT NULL,
    currency varchar(3) DEFAULT 'USD',
    status varchar(50) NOT NULL,
    credits_amount integer,
    credits_added_at timestamp,
    payment_method varchar(50),
    metadata json,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    completed_at timestamp
);

CREATE INDEX idx_payments_user_status ON payments (user_id, status);
CREATE INDEX idx_payments_created ON payments (created_at DESC);

CREATE TABLE notifications (
    id varchar(36) PRIMARY KEY,
    user_id varchar(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type varchar(50) NOT NULL,
    title varchar(255) NOT NULL,
    message text NOT NULL,
    data json,
    is_read boolean NOT NULL DEFAULT FALSE,
    read_at timestamp,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_notifications_user_id ON notifications (user_id);
CREATE INDEX idx_notifications_type ON notifications (type);
CREATE INDEX idx_notifications_is_read ON notifications (is_read);
CREATE INDEX idx_notifications_created_at ON notifications (created_at);
CREATE INDEX idx_notifications_user_unread ON notifications (user_id, is_read, created_at);
