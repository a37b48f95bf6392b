import {z} from 'zod';

export const upgradeAnswersSchema = z.object({
	/** Tag, branch or commit; without it the newest commit of the branch that is followed. */
	to: z.string().min(1).optional(),
	/** Users go on writing during the upgrade: what they write is lost when it is rolled back. */
	keepWriting: z.boolean().default(false),
	/** Verify the backup by restoring it before anything changes. */
	verify: z.boolean().default(false),
	/** Build and start again although nothing is new. */
	force: z.boolean().default(false),
	/** Where the backup goes: file or folder. */
	output: z.string().min(1).optional(),
	/** Milliseconds until an application that is not healthy counts as failed. */
	healthTimeoutMs: z.number().int().positive().default(180_000),
});

export type UpgradeAnswers = z.infer<typeof upgradeAnswersSchema>;
