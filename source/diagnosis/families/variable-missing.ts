import {type Family, logExact} from '../pattern.js';

const name = String.raw`["'\x60]?(?<variable>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{6,})["'\x60]?`;

/** A process says that a variable is not in its environment. Which one decides what is wrong. */
export const variableMissing: Family = {
	id: 'variable-missing',
	patterns: [
		logExact`\b${name} (?:env(?:ironment)? var(?:iable)? )?(?:is|was|are|has) (?:not (?:been )?(?:set|defined|configured|provided|found|present|specified)|missing|required|undefined|empty|unset|either not exported or empty|blank|null|a required)`,
		logExact`\b${name} (?:environment variable |env var )?(?:must be (?:set|defined|provided|specified|configured)|not (?:set|defined|found|provided|configured|exist)|cannot be (?:empty|blank|null)|should be set|required)`,
		logExact`(?:[Ee]nvironment|[Ee]nv) (?:[Vv]ar(?:iable)?s?|[Kk]ey)?:? ?${name} (?:is|was|not|does|must|cannot)\b(?! (?:valid|be at least))`,
		logExact`[Ee]nvironment variable not found: ${name}`,
		logExact`(?:[Mm]issing|[Uu]ndefined|[Rr]equired|[Uu]nset|MISSING)(?: (?:the|required|mandatory|or invalid|and|following|value for|keys?|config(?:uration)?|process))* ?(?:env(?:ironment)?|ENV)?(?: ?[Vv]ar(?:iable)?s?(?:\(s\))?)?:? ?(?:- )?${name}(?! is set)`,
		logExact`KeyError: ['"](?<variable>[A-Z][A-Z0-9_]+)['"]`,
		logExact`key not found: "(?<variable>[A-Z][A-Z0-9_]+)"`,
		logExact`could not fetch environment variable "(?<variable>[A-Z][A-Z0-9_]+)"`,
		logExact`required key (?<variable>[A-Z][A-Z0-9_]+) missing value`,
		logExact`UndefinedValueError: (?<variable>[A-Z][A-Z0-9_]+) not found`,
		logExact`Set the (?<variable>[A-Z][A-Z0-9_]+) environment variable`,
		logExact`Could not resolve placeholder '(?<variable>[\w.-]+)'`,
		logExact`\b(?<variable>[A-Z][A-Z0-9_]{4,})["']?: ?(?:\[ ?)?["']?(?:Required|required|Field required|is required|Invalid input: expected string, received undefined|expected string, received undefined)`,
		logExact`^(?<variable>[A-Za-z_][A-Za-z0-9_]{4,})\n? +(?:Field required|field required)`,
		logExact`(?:[Pp]lease (?:set|provide|define|specify)|[Yy]ou (?:must|need to|should) (?:set|provide|define|specify)) (?:a |an |the |your )?(?:value for |env(?:ironment)? variable )?${name}`,
		logExact`path["']?: \[ ?["'](?<variable>[A-Z][A-Z0-9_]+)["'] ?\][^}]{0,80}(?:Required|received undefined)`,
		logExact`(?:Required|received["']?:? ["']?undefined)[^}]{0,120}path["']?: \[ ?["'](?<variable>[A-Z][A-Z0-9_]+)["']`,
		logExact`NotPresent.{0,60}${name}`,
		logExact`EnvVarError.{0,40}["'](?<variable>[A-Z][A-Z0-9_]+)["']`,
	],
};
