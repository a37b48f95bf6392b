import * as z from 'zod';

export const majorAnswersSchema = z.object({
	/** The major version to move to. */
	postgres: z.coerce.number().int().min(10).max(40),
	/** Which server, where the stack has several. */
	service: z.string().min(1).optional(),
	/** The image to move to, where it does not follow from the one in use. */
	image: z.string().min(1).optional(),
	/** Write an override file beside the compose file, which then stays as it is. */
	override: z.boolean().default(false),
	/** Verify the backup by restoring it before anything changes. */
	verify: z.boolean().default(false),
	/** Where the backup goes: file or folder. */
	output: z.string().min(1).optional(),
	/** How many tables are restored at once. */
	jobs: z.number().int().min(1).max(64).optional(),
	/** Seconds until an application that is not healthy counts as failed. */
	healthTimeout: z.number().int().min(1).max(86_400).default(180),
});

export type MajorAnswers = z.infer<typeof majorAnswersSchema>;

/** The newest major that is known to be out (postgresql.org/support/versioning); a newer one can be asked for by its number. */
export const newestMajor = 18;
/** The oldest major that gets corrections still, so that moving to it makes sense. */
export const oldestMajor = 14;
