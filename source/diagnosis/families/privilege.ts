import {type Family, log} from '../pattern.js';

/** SQLSTATE 42501: logged in, but not allowed to. */
export const privilegeMissing: Family = {
	id: 'privilege',
	patterns: [
		log`permission denied for (?:schema|database|table|relation|sequence|view|function|language|tablespace|type) ["'\x60]?(?<object>[\w.-]+)`,
		log`permission denied to (?:create (?:extension|database|role)|set (?:role|parameter)|alter)[^\n]{0,80}`,
		log`must be (?:owner of|superuser to|member of role|a superuser|able to SET ROLE)[^\n]{0,80}`,
		log`PG::InsufficientPrivilege`,
		log`InsufficientPrivilege(?:Error)?\b`,
		log`SQL State ?: 42501`,
		log`SQLSTATE\W{0,3}42501`,
		log`42501: permission denied`,
		log`insufficient_privilege`,
	],
};
