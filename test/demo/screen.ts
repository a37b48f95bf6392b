import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

export type Cell = {
	readonly text: string;
	readonly color: string | null;
	readonly background: string | null;
	readonly bold: boolean;
	readonly dim: boolean;
};
export type Frame = {readonly at: number; readonly rows: readonly (readonly Cell[])[]};

const palette = [
	'#3b4252',
	'#e06c75',
	'#98c379',
	'#e5c07b',
	'#61afef',
	'#c678dd',
	'#56b6c2',
	'#dcdfe4',
	'#7f848e',
	'#e06c75',
	'#98c379',
	'#e5c07b',
	'#61afef',
	'#c678dd',
	'#56b6c2',
	'#ffffff',
];

/** A program in a real pseudo-terminal, with what a person would see on its screen. */
export function openScreen(
	command: string,
	args: readonly string[],
	options: {readonly cwd: string; readonly columns: number; readonly rows: number; readonly env: NodeJS.ProcessEnv},
) {
	const terminal = new xterm.Terminal({
		cols: options.columns,
		rows: options.rows,
		allowProposedApi: true,
		scrollback: 2000,
	});
	const {CI: _ci, NO_COLOR: _noColor, ...env} = options.env;
	const program = spawn(command, [...args], {
		name: 'xterm-256color',
		cols: options.columns,
		rows: options.rows,
		cwd: options.cwd,
		env: {...env, FORCE_COLOR: '2', TERM: 'xterm-256color'} as Record<string, string>,
	});
	const frames: Frame[] = [];
	const started = Date.now();
	let exitCode: number | undefined;
	program.onData(data => terminal.write(data));
	program.onExit(event => {
		exitCode = event.exitCode;
	});

	const text = () => {
		const buffer = terminal.buffer.active;
		return Array.from(
			{length: terminal.rows},
			(_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '',
		).join('\n');
	};

	return {
		pid: program.pid,
		frames,
		text,
		exitCode: () => exitCode,
		type: (keys: string) => program.write(keys),
		resize(columns: number, rows: number) {
			terminal.resize(columns, rows);
			program.resize(columns, rows);
		},
		kill: (signal?: string) => program.kill(signal),
		/** Keeps what is on the screen as a frame when it differs from the last one. */
		capture() {
			const rows = readCells(terminal);
			const last = frames.at(-1);
			if (!last || JSON.stringify(last.rows) !== JSON.stringify(rows)) frames.push({at: Date.now() - started, rows});
		},
	};
}

export type Screen = ReturnType<typeof openScreen>;

function readCells(terminal: xterm.Terminal): readonly (readonly Cell[])[] {
	const buffer = terminal.buffer.active;
	return Array.from({length: terminal.rows}, (_, row) => {
		const line = buffer.getLine(buffer.viewportY + row);
		const cells: Cell[] = [];
		for (let column = 0; column < terminal.cols; column++) {
			const cell = line?.getCell(column);
			if (!cell || cell.getWidth() === 0) continue;
			const inverse = cell.isInverse() !== 0;
			const color = colorOf(cell.getFgColor(), cell.isFgDefault(), cell.isFgRGB());
			const background = colorOf(cell.getBgColor(), cell.isBgDefault(), cell.isBgRGB());
			cells.push({
				text: cell.getChars() || ' ',
				color: inverse ? (background ?? '#1e222a') : color,
				background: inverse ? (color ?? '#dcdfe4') : background,
				bold: cell.isBold() !== 0,
				dim: cell.isDim() !== 0,
			});
		}
		return cells;
	});
}

function colorOf(value: number, isDefault: boolean, isRgb: boolean): string | null {
	if (isDefault) return null;
	if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
	if (value < 16) return palette[value] ?? null;
	if (value >= 232) return `#${(8 + (value - 232) * 10).toString(16).padStart(2, '0').repeat(3)}`;
	const level = (index: number) => (index === 0 ? 0 : 55 + index * 40).toString(16).padStart(2, '0');
	const cube = value - 16;
	return `#${level(Math.floor(cube / 36))}${level(Math.floor(cube / 6) % 6)}${level(cube % 6)}`;
}
