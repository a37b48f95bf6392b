CREATE TABLE subscriptions (id uuid PRIMARY KEY, user_id text NOT NULL REFERENCES users (id), plan text NOT NULL, price numeric(12,4) NOT NULL, period tstzrange NOT NULL);
