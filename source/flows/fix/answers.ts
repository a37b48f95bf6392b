import * as z from 'zod';

export const fixAnswersSchema = z.object({
	/** Id of the fix, as the findings name it. */
	fix: z.string().min(1),
	/** Label of the cause and service whose fix is meant, where several offer it. */
	cause: z.string().optional(),
	service: z.string().nullish(),
	/** What some fixes ask for: an address, a port. */
	value: z.string().trim().min(1).optional(),
	/** Changes of the compose file go into its override file, or (false) into the file itself; without it: into the override in a clone of a repository. */
	override: z.boolean().optional(),
	/** Seconds until an application that is not healthy counts as failed. */
	healthTimeout: z.number().int().min(1).max(86_400).default(120),
});

export type FixAnswers = z.infer<typeof fixAnswersSchema>;
