#!/bin/bash
# The extension belongs into the database and into template1, from which later ones are made.
for database in template1 "$POSTGRES_DB"; do
	psql -v ON_ERROR_STOP=1 -X -U "$POSTGRES_USER" -d "$database" -c 'CREATE EXTENSION IF NOT EXISTS timescaledb CASCADE'
done
