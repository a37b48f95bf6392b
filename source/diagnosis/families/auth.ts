import {type Family, log} from '../pattern.js';

/** SQLSTATE 28P01: the server refuses the password. Why, only its own log says (DETAIL). */
export const authFailure: Family = {
	id: 'auth',
	patterns: [
		log`password authentication failed for user '?["'\x60]?(?<user>[^"'\x60\s(]+)`,
		log`FATAL 28P01 \(invalid_password\)`,
		log`Authentication failed against (?:the )?database server(?: at \x60?(?<host>[^\x60,\s]+)\x60?, the provided database credentials for \x60?(?<user>[^\x60\s]+))?`,
		log`the provided database credentials for \x60?(?<user>[^\x60\s]+)\x60? are not valid`,
		log`\bP1000\b`,
		log`InvalidPasswordError`,
		log`code: "?'?28P01`,
		log`SQLSTATE:? ?\[?28P01`,
		log`28P01: password authentication failed`,
		log`:invalid_password\b`,
	],
};

/** No password was sent at all. */
export const passwordNotSent: Family = {
	id: 'password-not-sent',
	patterns: [
		log`SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a (?:non-empty )?string`,
		log`client password must be a (?:non-empty )?string`,
		log`fe_sendauth: no password supplied`,
		log`requested SCRAM-based authentication, but (?:no password was provided|the password is an empty string)`,
		log`empty password returned by client`,
		log`No password has been provided but the backend requires one`,
		log`password (?:must be|is) (?:provided|required|missing).{0,60}(?:scram|authenticat)`,
	],
};
