import {type Family, log} from '../pattern.js';

/** Prisma does not tell a name that does not resolve from a port where nothing listens. */
export const prismaUnreachable: Family = {
	id: 'prisma-unreachable',
	patterns: [
		log`Can't reach database server at \x60?(?<host>[^\s\x60:]+)\x60?(?::\x60?(?<port>\d+)\x60?)?`,
		log`\bP1001\b(?!:? Can't reach)`,
	],
};
