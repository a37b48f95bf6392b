import * as z from 'zod';

export const upgradeAnswersSchema = z.object({
	/** Tag, branch or commit; without it the newest commit of the branch that is followed. */
	to: z.string().min(1).optional(),
	/** No release: the migrations alone, once more or the newest one back. */
	migrations: z.enum(['up', 'down']).optional(),
	/** Users go on writing during the upgrade: what they write is lost when it is rolled back. */
	keepWriting: z.boolean().default(false),
	/** Verify the backup by restoring it before anything changes. */
	verify: z.boolean().default(false),
	/** Build and start again although nothing is new. */
	force: z.boolean().default(false),
	/** Write the variables that the release brings into the env file, with their defaults. */
	addVariables: z.boolean().default(false),
	/** Where the backup goes: file or folder. */
	output: z.string().min(1).optional(),
	/** Seconds until an application that is not healthy counts as failed. */
	healthTimeout: z.number().int().min(1).max(86_400).default(180),
});

export type UpgradeAnswers = z.infer<typeof upgradeAnswersSchema>;
