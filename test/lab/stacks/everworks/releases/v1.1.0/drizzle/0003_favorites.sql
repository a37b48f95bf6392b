CREATE TABLE favorites (user_id text NOT NULL REFERENCES users (id), item_slug text NOT NULL, PRIMARY KEY (user_id, item_slug));
