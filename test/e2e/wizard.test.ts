import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {openScreen} from '../demo/screen.js';
import {builtCommand} from './lifeboat.js';

/** The built wizard in a shell in a pseudo-terminal, without an engine; the shell tells afterwards how the terminal was left. */
function openWizard(columns = 80) {
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-wizard-'));
	const script = `"${process.execPath}" "${builtCommand}"; code=$?; stty -a | tr ' ;' '\\n\\n' | grep -cx -e icanon -e echo -e isig; echo "left with $code"; sleep 600`;
	return openScreen('/bin/sh', ['-c', script], {
		cwd: folder,
		columns,
		rows: 24,
		env: {...process.env, DOCKER_HOST: `unix://${folder}/no-engine.sock`, LIFEBOAT_CONFIG_DIR: folder},
	});
}

type WizardScreen = ReturnType<typeof openWizard>;

async function see(screen: WizardScreen, content: string | RegExp): Promise<string> {
	await expect.poll(() => screen.text(), {timeout: 60_000, interval: 50}).toMatch(content);
	return screen.text();
}

const cannotBegin = 'Cannot begin';
/** Line discipline, echo and signals are on again. */
const restored = (code: number) => new RegExp(`\\n3\\nleft with ${code}\\n`);

describe('the wizard in a real terminal', () => {
	test('an engine that does not answer: what to type, try again, and exit code 3 with q', async () => {
		const screen = openWizard();
		expect(await see(screen, cannotBegin)).toContain('no-engine.sock');
		// Two keys in one packet, as on a slow line; the help lies over whatever comes.
		screen.type('r?');
		await see(screen, 'Everywhere');
		screen.type('x');
		await see(screen, /q quit/);
		screen.type('q');
		expect(await see(screen, restored(3))).toContain('no-engine.sock');
		screen.kill();
	});

	test('Ctrl+C leaves with 130', async () => {
		const screen = openWizard();
		await see(screen, /q quit/);
		screen.type('\u0003');
		await see(screen, restored(130));
		screen.kill();
	});

	test.each([
		['SIGTERM', 143],
		['SIGHUP', 129],
		['SIGINT', 130],
	] as const)('%s ends it with %i', async (signal, code) => {
		const folder = mkdtempSync(join(tmpdir(), 'lifeboat-wizard-'));
		const screen = openScreen(process.execPath, [builtCommand], {
			cwd: folder,
			columns: 80,
			rows: 24,
			env: {...process.env, DOCKER_HOST: `unix://${folder}/no-engine.sock`, LIFEBOAT_CONFIG_DIR: folder},
		});
		await see(screen, /q quit/);
		screen.kill(signal);
		await expect.poll(() => screen.exitCode(), {timeout: 60_000}).toBe(code);
	});

	test('40 columns, and a terminal that changes its size', async () => {
		const screen = openWizard(40);
		await see(screen, /q quit/);
		screen.resize(100, 30);
		await see(screen, /─{98}/);
		screen.resize(60, 12);
		await see(screen, /q quit/);
		screen.type('q');
		await see(screen, /left with 3/);
		screen.kill();
	});
});
