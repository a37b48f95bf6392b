import type {Captures, Family} from './pattern.js';
import type {Source, View} from './view.js';

/** A place in the evidence where a signature was found. */
export type Match = {
	readonly source: Source;
	/** First and last line in `source.lines`. */
	readonly firstLine: number;
	readonly lastLine: number;
	readonly captures: Captures;
};

/** 0 means "not this cause"; from 0.8 on the confidence is high, from 0.5 on medium, below low. */
export type Certainty = number | ((match: Match, view: View) => number);

export type Signature = {
	readonly match: Family | RegExp;
	readonly certainty: Certainty;
};

/** A sign in states, environment, probes or the server's own view: what no log says. */
export type Sign = {
	readonly service: string | null;
	readonly certainty: number;
	/** Where it was seen, for people: `app state`, `environment of app`. */
	readonly source: string;
	readonly text: string;
	readonly captures?: Captures | undefined;
};

export type Fix = {
	/** Stable: executable fixes are looked up by it. */
	readonly id: string;
	readonly title: string;
	/** True when data or stored secrets can be lost. */
	readonly destructive: boolean;
	/** What a person does, in order. */
	readonly steps: readonly string[];
};

/** What the words of an explanation and of a fix are filled with. */
export type Situation = {
	/** The service that shows the fault; `the service` when only Compose or the engine spoke. */
	readonly service: string;
	/** The database's service name, `db` when it is unknown. */
	readonly database: string;
	readonly captures: Captures;
	readonly view: View;
};

/** The layers of the order of diagnosis: the first that fails is the one to repair. */
export const layers = {
	engine: 1,
	compose: 2,
	create: 3,
	database: 4,
	network: 5,
	login: 6,
	migration: 7,
	app: 8,
	outside: 9,
} as const;

export type Cause = {
	/** Label of the taxonomy, kebab-case. */
	readonly label: string;
	readonly layer: keyof typeof layers;
	readonly signatures: readonly Signature[];
	/** Signs beyond the log. */
	readonly look?: (view: View) => readonly Sign[];
	/** Says no by evidence beyond the log, whatever the log says. */
	readonly isExcluded?: (view: View, service: string | null) => boolean;
	/** Labels whose symptoms follow from this cause. */
	readonly explains?: readonly string[];
	/** A service survives this and goes on: not a finding once it runs and said so. */
	readonly transient?: boolean;
	/** Worth saying, but nothing is down because of it. */
	readonly advisory?: boolean;
	/** What is wrong and why, in plain words, one to three sentences. */
	readonly explain: (situation: Situation) => string;
	/** The safest first, destructive ones last. */
	readonly fixes: (situation: Situation) => readonly Fix[];
};
