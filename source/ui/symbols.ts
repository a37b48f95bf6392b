/** Signs that stand beside a word and never replace it. */
export type Symbols = {
	readonly pointer: string;
	readonly ok: string;
	readonly failed: string;
	readonly warning: string;
	readonly idle: string;
	readonly running: string;
	readonly checked: string;
	readonly unchecked: string;
	readonly rule: string;
	readonly barFull: string;
	readonly barEmpty: string;
	readonly separator: string;
	readonly crumb: string;
	readonly follows: string;
	/** Before what is said about the thing at its left. */
	readonly note: string;
	readonly spinner: readonly string[];
};

const unicode: Symbols = {
	pointer: '❯',
	ok: '✓',
	failed: '✗',
	warning: '!',
	idle: '·',
	running: '●',
	checked: '[x]',
	unchecked: '[ ]',
	rule: '─',
	barFull: '█',
	barEmpty: '░',
	separator: ' · ',
	crumb: ' › ',
	follows: '└',
	note: '←',
	spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};

const plain: Symbols = {
	pointer: '>',
	ok: '+',
	failed: 'x',
	warning: '!',
	idle: '-',
	running: '*',
	checked: '[x]',
	unchecked: '[ ]',
	rule: '-',
	barFull: '#',
	barEmpty: '.',
	separator: ' - ',
	crumb: ' > ',
	follows: '`',
	note: '<-',
	spinner: ['-', '\\', '|', '/'],
};

/** Unicode signs, unless the terminal is the Linux console or the locale names another character set. */
export function chooseSymbols(environment: Readonly<Record<string, string | undefined>>): Symbols {
	if (environment['TERM'] === 'linux') return plain;
	const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
	return locale === '' || /utf-?8/i.test(locale) ? unicode : plain;
}
