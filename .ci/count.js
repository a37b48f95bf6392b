// Adds up Vitest's JSON reports: node .ci/count.js EXIT-CODE REPORT… Names each failed test with the beginning of its message;
// prints "N passed, N failed" as its last line; exit 1 when anything failed or is missing.
import {readFileSync} from 'node:fs';
import {basename, relative} from 'node:path';

const [exitCode, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const beginning = message => (message ?? '').replaceAll(/\s*\n\s*/g, ' | ').slice(0, 900);

for (const file of files) {
	try {
		const report = JSON.parse(readFileSync(file, 'utf8'));
		passed += report.numPassedTests;
		for (const suite of report.testResults) {
			const name = relative('.', suite.name);
			const failures = suite.assertionResults.filter(test => test.status === 'failed');
			for (const test of failures) console.log(`FAILED (${basename(file)}) ${name} > ${test.fullName}: ${beginning(test.failureMessages[0])}`);
			const isBroken = suite.status === 'failed' && suite.assertionResults.length === 0;
			if (isBroken) console.log(`FAILED (${basename(file)}) ${name}: ${beginning(suite.message)}`);
			failed += failures.length + (isBroken ? 1 : 0);
		}
	} catch (error) {
		console.log(`no report ${file}: ${error.message}`);
		failed++;
	}
}

if (exitCode !== '0' && failed === 0) {
	console.log(`the test command ended with ${exitCode}, yet no test failed: see above`);
	failed++;
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
