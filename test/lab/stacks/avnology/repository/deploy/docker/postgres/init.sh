#!/bin/bash
# One database and one role for each of the identity services.
set -eu
for name in kratos hydra keto; do
	variable=${name^^}_DB_PASSWORD
	psql -v ON_ERROR_STOP=1 -X -U "$POSTGRES_USER" -d postgres -v name="$name" -v password="${!variable}" <<-'SQL'
		CREATE ROLE :"name" LOGIN PASSWORD :'password';
		CREATE DATABASE :"name" OWNER :"name";
	SQL
done
