import {expect, it} from 'vitest';
import {imagesForMajor, mountTargetFor} from '../../source/release/target-image.js';

it.each([
	['postgres:17', 18, ['postgres:18']],
	['postgres', 18, ['postgres:18']],
	['docker.io/library/postgres:17.4-bookworm', 18, ['docker.io/library/postgres:18-bookworm']],
	['postgres:15-bullseye', 17, ['postgres:17-bullseye', 'postgres:17-bookworm', 'postgres:17']],
	['postgres:16.2-alpine3.19', 18, ['postgres:18-alpine3.19', 'postgres:18-alpine']],
	['postgres:alpine', 18, ['postgres:18-alpine']],
	['postgres:17@sha256:0123', 18, ['postgres:18']],
	['localhost:5000/postgres:17', 18, ['localhost:5000/postgres:18']],
	['pgvector/pgvector:pg17', 18, ['pgvector/pgvector:pg18']],
	['pgvector/pgvector:0.8.0-pg17-trixie', 18, ['pgvector/pgvector:0.8.0-pg18-trixie']],
	['timescale/timescaledb:2.17.2-pg17', 18, ['timescale/timescaledb:2.17.2-pg18']],
	['timescale/timescaledb:latest-pg17', 18, ['timescale/timescaledb:latest-pg18']],
	['timescale/timescaledb-ha:pg17.4-ts2.19', 18, ['timescale/timescaledb-ha:pg18-ts2.19']],
	['postgis/postgis:16-3.4', 17, ['postgis/postgis:17-3.4']],
	['postgis/postgis:17-3.5-alpine', 18, ['postgis/postgis:18-3.6-alpine', 'postgis/postgis:18-3.5-alpine']],
	[
		'ghcr.io/immich-app/postgres:14-vectorchord0.4.3-pgvectors0.2.0',
		17,
		['ghcr.io/immich-app/postgres:17-vectorchord0.4.3-pgvectors0.2.0'],
	],
	['example.org/shop-postgres17:3', 18, ['example.org/shop-postgres18:3']],
	['supabase/db:nightly', 18, []],
	['example.org/database:7', 18, []],
])('the images of another major for %s', (reference, major, expected) => {
	expect(imagesForMajor(reference, major)).toEqual(expected);
});

it.each([
	[18, '/var/lib/postgresql/data', null, null, '/var/lib/postgresql'],
	[17, '/var/lib/postgresql/data', null, null, '/var/lib/postgresql/data'],
	[18, '/var/lib/postgresql/data', null, '/var/lib/postgresql/data', '/var/lib/postgresql/data'],
	[19, '/var/lib/postgresql', null, '/var/lib/postgresql/19/docker', '/var/lib/postgresql'],
	[18, '/var/lib/postgresql/data', '/var/lib/postgresql/data/pgdata', null, '/var/lib/postgresql/data'],
	[18, '/home/postgres/pgdata', null, '/home/postgres/pgdata/data', '/home/postgres/pgdata'],
])('the mount for %i at %s', (major, current, ownPgdata, pgdata, expected) => {
	expect(mountTargetFor(major, current, {ownPgdata, pgdata})).toBe(expected);
});
