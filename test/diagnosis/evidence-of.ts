import {type Evidence, type EvidenceInput, evidenceSchema} from '../../source/diagnosis/evidence.js';

type ServiceInput = NonNullable<EvidenceInput['services']>[number];

/** Evidence of a stack, as an evidence file has it. */
export function evidenceOf(input: Omit<EvidenceInput, 'format' | 'version'>): Evidence {
	return evidenceSchema.parse({format: 'lifeboat-evidence', version: 1, project: 'shop', ...input});
}

/** A service whose log is one text. */
export function service(name: string, role: string, log: string, more: Partial<ServiceInput> = {}): ServiceInput {
	return {service: name, role, image: null, state: null, exitCode: null, health: null, log: log.split('\n'), ...more};
}

/** An application that crashed with this log. */
export function appLog(log: string, more: Partial<ServiceInput> = {}): Evidence {
	return evidenceOf({services: [service('web', 'app', log, more)]});
}

export function databaseLog(log: string, more: Partial<ServiceInput> = {}): Evidence {
	return evidenceOf({services: [service('db', 'database', log, more)]});
}

export function migrateLog(log: string, more: Partial<ServiceInput> = {}): Evidence {
	return evidenceOf({services: [service('migrate', 'migrate', log, more)]});
}

export function cacheLog(log: string, more: Partial<ServiceInput> = {}): Evidence {
	return evidenceOf({services: [service('redis', 'cache', log, more)]});
}

export function composeOutput(text: string): Evidence {
	return evidenceOf({compose: text.split('\n')});
}

export function engineOutput(text: string): Evidence {
	return evidenceOf({engine: text.split('\n')});
}
