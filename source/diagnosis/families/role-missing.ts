import {type Family, log} from '../pattern.js';

/** SQLSTATE 28000: the role does not exist in this cluster. */
export const roleMissing: Family = {
	id: 'role-missing',
	patterns: [
		log`role ["'\x60](?<user>[^"'\x60]+)["'\x60] does not exist`,
		log`InvalidAuthorizationSpecificationError: role`,
		log`User \x60?(?<user>[^\x60\s]+)\x60? was denied access on the database.{0,40}\bP1010\b`,
	],
};
