import {expect, test} from 'vitest';
import {editCompose, readCompose} from '../../source/stack/edit-compose.js';

const file = `# Our stack
services:
  db: # the server
    image: "postgres:18"   # do not touch
    command: postgres -c log_min_messages=info
    volumes:
      - data:/var/lib/postgresql/data

  migrate:
    environment: &database
      # how to reach it
      DATABASE_URL: postgres://app:\${PW}@localhost:5432/app
  app:
    environment:
      <<: *database
      NODE_ENV: production
  worker:
    environment:
      - MODE=worker
      - DATABASE_URL=postgres://app@localhost/app
    ports: ["3000:3000", '9229:9229']
  tiny: {image: busybox, restart: "no"}
volumes: {data: {}}
`;

/** The lines that differ. */
function changed(before: string, after: string): readonly string[] {
	const old = new Set(before.split('\n'));
	return after.split('\n').filter(line => !old.has(line));
}

test('changes a value where it stands and nothing else: quotes, comments and order stay', () => {
	const after = editCompose(file, ['services', 'db', 'image'], 'postgres:17');
	expect(changed(file, after)).toEqual(['    image: "postgres:17"   # do not touch']);
	expect(after.split('\n')).toHaveLength(file.split('\n').length);
});

test('follows a merge key to the anchor', () => {
	const url = 'postgres://app:${PW}@db:5432/app';
	const after = editCompose(file, ['services', 'app', 'environment', 'DATABASE_URL'], url);
	expect(changed(file, after)).toEqual([`      DATABASE_URL: ${url}`]);
	expect(readCompose(after, ['services', 'migrate', 'environment', 'DATABASE_URL'])).toBe(url);
});

test('understands an environment in list form, there and not there yet', () => {
	const path = ['services', 'worker', 'environment'];
	const after = editCompose(file, [...path, 'DATABASE_URL'], 'postgres://app@db/app');
	expect(changed(file, after)).toEqual(['      - DATABASE_URL=postgres://app@db/app']);
	const added = editCompose(file, [...path, 'LEVEL'], 'debug');
	expect(changed(file, added)).toEqual(['      - LEVEL=debug']);
	expect(readCompose(added, [...path, 'MODE'])).toBe('worker');
});

test('adds a key to a block map, to a flow map and to a map that is not there', () => {
	const shm = editCompose(file, ['services', 'db', 'shm_size'], '256mb');
	expect(changed(file, shm)).toEqual(['    shm_size: 256mb']);
	const tiny = editCompose(file, ['services', 'tiny', 'shm_size'], '1g');
	expect(changed(file, tiny)).toEqual(['  tiny: {shm_size: 1g, image: busybox, restart: "no"}']);
	const variable = editCompose(file, ['services', 'db', 'environment', 'PGPORT'], '5433');
	expect(readCompose(variable, ['services', 'db', 'environment'])).toEqual({PGPORT: '5433'});
	expect(variable).toContain('    environment:\n      PGPORT: "5433"\n    image:');
});

test('replaces a command by a list, and an item of a list', () => {
	const words = ['postgres', '-c', 'max_connections=200'];
	expect(readCompose(editCompose(file, ['services', 'db', 'command'], words), ['services', 'db', 'command'])).toEqual(
		words,
	);
	const port = editCompose(file, ['services', 'worker', 'ports', 1], '9230:9229');
	expect(changed(file, port)).toEqual([`    ports: ["3000:3000", '9230:9229']`]);
	const mount = editCompose(file, ['services', 'db', 'volumes', 0], 'data:/var/lib/postgresql');
	expect(changed(file, mount)).toEqual(['      - data:/var/lib/postgresql']);
});

test('writes into an empty file and into one that ends without a line end', () => {
	expect(editCompose('', ['services', 'db', 'shm_size'], '1g')).toBe('services:\n  db:\n    shm_size: 1g\n');
	const after = editCompose('services:\n  db:\n    image: postgres:17', ['services', 'db', 'image'], 'postgres:16');
	expect(after).toBe('services:\n  db:\n    image: postgres:16');
});

test('refuses what it cannot edit safely', () => {
	expect(() => editCompose('services: [a, b]\n', ['services', 'db', 'image'], 'x')).toThrow(/cannot be edited safely/);
});
