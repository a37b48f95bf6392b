import {type Family, log} from '../pattern.js';

/** The client demands TLS, the server has none. */
export const tlsUnsupported: Family = {
	id: 'tls-unsupported',
	patterns: [
		log`The server does not support SSL`,
		log`SSL is not enabled on the server`,
		log`server does not support SSL, but SSL was required`,
		log`server refused TLS connection`,
		log`ssl not available`,
		log`PostgreSQL server at .{1,100} rejected SSL upgrade`,
		log`rejected SSL upgrade`,
		log`server does not support TLS`,
		log`SSL connection requested.{0,40}(?:not supported|no SSL)`,
		log`SSL (?:is )?not (?:supported|enabled) (?:by|on) (?:the |this )?(?:database|server|postgres)`,
	],
};

/** The server's certificate is not trusted, or does not name it. */
export const tlsUntrusted: Family = {
	id: 'tls-untrusted',
	patterns: [
		log`self[- ]signed certificate(?: in certificate chain)?`,
		log`\b(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|ERR_TLS_CERT_ALTNAME_INVALID|CERT_HAS_EXPIRED)\b`,
		log`unable to (?:verify the first certificate|get (?:local )?issuer certificate)`,
		log`x509: (?:certificate signed by unknown authority|certificate is (?:valid for|not valid for|not authorized)|cannot validate certificate|certificate has expired|certificate relies on legacy Common Name)`,
		log`certificate verify failed`,
		log`Error opening a TLS connection`,
		log`\bP1011\b`,
		log`PKIX path building failed`,
		log`invalid peer certificate`,
		log`root certificate file "[^"]*" does not exist`,
		log`The remote certificate (?:is invalid|was rejected)`,
		log`server certificate for "[^"]*" does not match host name`,
		log`Hostname/IP does not match certificate's altnames`,
		log`TLS client: In state \w+ .{0,80}(?:Unknown CA|Bad Certificate)`,
	],
};
