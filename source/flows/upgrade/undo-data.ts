import * as z from 'zod';
import type {DatabaseTemplate} from '../../postgres/database.js';
import {addressSchema, targetSchema} from '../steps/journal-schemas.js';

const watchedSchema = z.object({
	name: z.string(),
	healthUrl: z.string().nullable(),
	usualStatus: z.number().nullable(),
	required: z.boolean(),
});

/** What an upgrade may have to take back, registered in this order before each step and taken back in the reverse order. None does harm when its step never happened. */
export const undoSchema = z.discriminatedUnion('kind', [
	/** Services that go on running at the end; `added` are those that only the release has, `oneShots` those that change the schema. */
	z.object({
		kind: z.literal('start'),
		data: z.object({
			target: targetSchema,
			project: z.string(),
			services: z.array(z.string()),
			added: z.array(z.string()),
			oneShots: z.array(z.string()),
			/** One-shots that are not run on the way back: nobody knows what they ran with. */
			forgotten: z.array(z.string()),
			/** Images that were built here, null where somebody had pruned it: what is not here is built again from the previous code. */
			built: z.array(z.object({service: z.string(), imageId: z.string().nullable()})),
			watch: z.array(watchedSchema),
			timeoutMs: z.number(),
		}),
	}),
	/** Copies of files that are not in the repository. */
	z.object({kind: z.literal('files'), data: z.array(z.object({path: z.string(), copy: z.string()}))}),
	z.object({
		kind: z.literal('revision'),
		data: z.object({root: z.string(), branch: z.string().nullable(), revision: z.string()}),
	}),
	/** Names of images, and what they must mean again, null for nothing. `digest` is where a registry has it, `build` that the previous code makes it. */
	z.object({
		kind: z.literal('images'),
		data: z.array(
			z.object({
				reference: z.string(),
				imageId: z.string().nullable(),
				digest: z.string().nullable(),
				build: z.boolean(),
			}),
		),
	}),
	/** Databases with a copy beside them; only a complete one is switched to. */
	z.object({
		kind: z.literal('copies'),
		data: z.array(
			z.object({
				server: addressSchema,
				name: z.string(),
				copy: z.string(),
				failed: z.string(),
				complete: z.boolean(),
			}),
		),
	}),
	/** Databases that are loaded again from a backup. One whose oid is another one has come back already. */
	z.object({
		kind: z.literal('backup'),
		data: z.object({
			server: addressSchema,
			file: z.string(),
			databases: z.array(
				z.object({
					name: z.string(),
					oid: z.number(),
					template: z.custom<DatabaseTemplate>(),
					incoming: z.string(),
					failed: z.string().nullable(),
				}),
			),
		}),
	}),
]);

export type UpgradeUndo = z.infer<typeof undoSchema>;
export type UndoOf<Kind extends UpgradeUndo['kind']> = Extract<UpgradeUndo, {kind: Kind}>['data'];

/** What the journal of an upgrade keeps for a later rollback, and for its end. */
export const keptSchema = z.object({
	databases: z.array(
		z.object({
			server: addressSchema,
			name: z.string(),
			kind: z.enum(['copy', 'backup']),
			copy: z.string(),
			failed: z.string().nullable(),
		}),
	),
	/** The application was not stopped: what it wrote is part of what is taken back. */
	keepWriting: z.boolean(),
	tags: z.array(z.object({imageId: z.string(), tag: z.string()})),
});

export type KeptByUpgrade = z.infer<typeof keptSchema>;
