import {expect, it} from 'vitest';
import {mostTellingLines} from '../../source/diagnosis/telling-lines.js';
import {reportTroubles} from '../../source/flows/troubleshoot-report.js';
import {describeReport} from '../../source/flows/troubleshoot-text.js';
import {evidenceOf, service} from './evidence-of.js';

const evidence = evidenceOf({
	services: [
		service(
			'web',
			'app',
			`INFO starting, 0 errors
TypeError: Cannot read properties of undefined (reading 'price')
    at total (/app/dist/cart.js:12:3)
password=Hj72-lantern-xx
the basket service failed to answer at 10:00:01
the basket service failed to answer at 10:00:02`,
			{state: 'exited', exitCode: 1},
		),
		service('db', 'database', 'LOG:  checkpoint complete', {state: 'running'}),
	],
});

it('shows what looks most telling, once, without secrets', () => {
	const lines = mostTellingLines(evidence).map(({text}) => text);
	expect(lines[0]).toContain('TypeError: Cannot read properties');
	expect(lines.filter(text => text.includes('basket'))).toHaveLength(1);
	expect(lines.join()).not.toMatch(/lantern|checkpoint|cart\.js/);
});

it('says that no cause fits, and is no success while something is down', () => {
	const report = reportTroubles(evidence);
	expect(report).toMatchObject({ok: false, findings: [], unexplained: ['web']});
	const text = describeReport(report).join('\n');
	expect(text).toContain('No known cause fits, but these are down: web.');
	expect(text).toContain('TypeError');
});
