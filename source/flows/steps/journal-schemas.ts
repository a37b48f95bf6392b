import * as z from 'zod';

/** What is read from a journal, and what plans hold, is never changed. */
export type DeepReadonly<Value> = Value extends object
	? {readonly [Key in keyof Value]: DeepReadonly<Value[Key]>}
	: Value;

/** A ComposeTarget as it stands in a journal. */
export const targetSchema = z.object({
	files: z.array(z.string()),
	projectName: z.string().optional(),
	projectDirectory: z.string().optional(),
	profiles: z.array(z.string()),
	envFiles: z.array(z.string()),
	cwd: z.string(),
});

/** A ServerAddress as it stands in a journal. */
export const addressSchema = z.object({
	project: z.string(),
	target: targetSchema,
	service: z.string(),
	user: z.string(),
	database: z.string(),
	external: z
		.object({
			service: z.string(),
			variable: z.string(),
			host: z.string(),
			port: z.number(),
			user: z.string().nullable(),
			database: z.string().nullable(),
			provider: z.string().nullable(),
		})
		.nullish(),
	major: z.number().optional(),
});
