import {expect, test} from 'vitest';
import {findNewerFeatures} from '../../../source/flows/restore/newer-syntax.js';
import type {ArchiveToc} from '../../../source/postgres/archive.js';

const find = (definition: string) =>
	findNewerFeatures({entries: [{kind: 'TABLE', schema: 'public', name: 't', definition}]} as unknown as ArchiveToc);

test.each([
	[
		'CREATE TABLE public.t (\n    a integer,\n    b integer GENERATED ALWAYS AS ((a * 2))\n);',
		'a virtual generated column',
		18,
	],
	[
		'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.u(id) NOT ENFORCED;',
		'a constraint that is not enforced',
		18,
	],
	['ALTER TABLE ONLY public.t ADD CONSTRAINT p PRIMARY KEY (id, valid WITHOUT OVERLAPS);', 'a temporal constraint', 18],
	['GRANT SELECT,MAINTAIN ON TABLE public.t TO app;', 'the privilege MAINTAIN', 17],
	['ALTER TABLE ONLY public.t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a);', 'NULLS NOT DISTINCT', 15],
	["CREATE VIEW public.v WITH (security_invoker='true') AS SELECT 1;", 'a view with security_invoker', 15],
])('%s', (definition, what, since) => {
	expect(find(definition)).toEqual([{what, since, object: 'public.t'}]);
});

test.each([
	'CREATE TABLE public.t (\n    a integer,\n    b integer GENERATED ALWAYS AS ((a * 2)) STORED\n);',
	"CREATE TABLE public.t (\n    a text DEFAULT 'NOT ENFORCED'::text\n);",
	'ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (\n    SEQUENCE NAME public.s\n);',
	'GRANT SELECT ON TABLE public.maintain TO app;',
])('what older servers know too: %s', definition => {
	expect(find(definition)).toEqual([]);
});
