import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {editService, readWords, type ServiceEdit} from '../../source/stack/edit-service.js';
import {editOverride} from '../../source/stack/override-file.js';

const edit: ServiceEdit = {
	service: 'db',
	image: 'postgres:18',
	mount: {
		replaces: ['/var/lib/postgresql/data', '/var/lib/postgresql'],
		source: 'data_18',
		target: '/var/lib/postgresql',
	},
	volume: {key: 'data_18', name: null},
};

const plain = `# Ours.
services:
  web: {image: nginx}   # small
  db:
    image: "postgres:17"   # pinned
    environment:
      PASSWORD: 'a#b'
    volumes:
      # the data
      - data:/var/lib/postgresql/data   # do not lose
      - ./init:/docker-entrypoint-initdb.d:ro

volumes:
  data:   # named
  # the end
`;

describe('an edit of a compose file', () => {
	it('changes image, mount and volume, and nothing else', () => {
		expect(editService(plain, edit)).toBe(
			plain
				.replace('"postgres:17"', '"postgres:18"')
				.replace('data:/var/lib/postgresql/data ', 'data_18:/var/lib/postgresql ')
				.replace('  data:   # named\n', '  data:   # named\n  data_18:\n'),
		);
	});

	it('goes back by its own words', () => {
		const words = readWords(plain, 'db', edit.mount?.replaces ?? []);
		expect(words).toEqual({image: 'postgres:17', mount: {source: 'data', target: '/var/lib/postgresql/data'}});
		const there = editService(plain, edit) ?? '';
		const back = editService(there, {
			service: 'db',
			image: words.image,
			mount: words.mount === null ? null : {replaces: ['/var/lib/postgresql'], ...words.mount},
			volume: null,
		});
		expect(back).toBe(plain.replace('  data:   # named\n', '  data:   # named\n  data_18:\n'));
	});

	it('keeps line ends, SELinux labels and variables of others', () => {
		const text =
			'services:\r\n  db:\r\n    image: postgres:17\r\n    volumes:\r\n      - ${DATA:-./data}:/var/lib/postgresql/data:Z\r\n';
		const edited = editService(text, {
			...edit,
			mount: {
				...edit.mount,
				replaces: ['/var/lib/postgresql/data'],
				source: './data-18',
				target: '/var/lib/postgresql',
			},
			volume: null,
		});
		expect(edited).toBe(
			text.replace('17', '18').replace('${DATA:-./data}:/var/lib/postgresql/data:Z', './data-18:/var/lib/postgresql:Z'),
		);
	});

	it.each([
		[
			'flow lists and maps',
			'services:\n  db:\n    image: postgres:17\n    volumes: ["data:/var/lib/postgresql/data"]\nvolumes: {data: {}}\n',
		],
		[
			'the long form',
			'services:\n  db:\n    image: postgres:17\n    volumes:\n    - type: volume\n      source: data\n      target: /var/lib/postgresql/data\nvolumes:\n  data:\n    driver: local\n',
		],
		['no volumes at all', 'services:\n  db:\n    image: postgres:17\n'],
		[
			'an anonymous volume',
			'services:\n  db:\n    image: postgres:17\n    volumes:\n      - /var/lib/postgresql/data\n',
		],
		[
			'another mount alone',
			'services:\n  db:\n    image: postgres:17\n    volumes:\n      - ./init:/docker-entrypoint-initdb.d\n    restart: always\nvolumes:\n  other:\n',
		],
		['an empty map of volumes', 'services:\n  db:\n    image: postgres:17\nvolumes: {}\n'],
	])('understands %s', (_name, text) => {
		const model = parse(editService(text, edit) ?? '');
		expect(model.services.db.image).toBe('postgres:18');
		const mounts = model.services.db.volumes.map((one: unknown) =>
			typeof one === 'string' ? one : `${(one as {source: string}).source}:${(one as {target: string}).target}`,
		);
		expect(mounts).toContain('data_18:/var/lib/postgresql');
		expect(mounts.join()).not.toContain('/var/lib/postgresql/data');
		expect(Object.keys(model.volumes)).toContain('data_18');
	});

	it('names a volume that exists', () => {
		const edited = editService(plain, {...edit, image: null, volume: {key: 'before', name: 'abc'}}) ?? '';
		expect(parse(edited).volumes.before).toEqual({external: true, name: 'abc'});
	});

	it('leaves alone what comes from an anchor', () => {
		expect(editService('x: &db {image: postgres:17}\nservices:\n  db: *db\n', edit)).toBeUndefined();
	});
});

describe('an override file', () => {
	const override = {...edit, replacesList: true, otherMounts: ['./init:/docker-entrypoint-initdb.d:ro']};
	it('is made anew, and replaces the list where the target moves', () => {
		expect(editOverride(null, override)).toBe(
			'services:\n  db:\n    image: postgres:18\n    volumes: !override\n      - data_18:/var/lib/postgresql\n      - ./init:/docker-entrypoint-initdb.d:ro\n\nvolumes:\n  data_18:\n',
		);
	});

	it.each([
		['another service', 'services:\n  web:\n    ports: ["1:1"]   # mine\n'],
		['the service itself', 'services:\n  db:\n    command: ["postgres"]   # mine\n'],
	])('joins an override with %s', (_name, text) => {
		const edited = editOverride(text, override) ?? '';
		expect(edited).toContain('# mine');
		const model = parse(edited, {logLevel: 'silent'});
		expect(model.services.db.image).toBe('postgres:18');
		expect(model.services.db.volumes).toEqual(['data_18:/var/lib/postgresql', './init:/docker-entrypoint-initdb.d:ro']);
		expect(Object.keys(model.volumes)).toEqual(['data_18']);
	});
});
