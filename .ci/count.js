// Adds up Vitest's JSON reports: node .ci/count.js EXIT-CODE REPORT… Prints "N passed, N failed" as its last line; exit 1 when anything failed or is missing.
import {readFileSync} from 'node:fs';

const [exitCode, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of files) {
	try {
		const report = JSON.parse(readFileSync(file, 'utf8'));
		passed += report.numPassedTests;
		failed += report.numFailedTests + report.testResults.filter(suite => suite.status === 'failed' && suite.assertionResults.length === 0).length;
	} catch (error) {
		console.log(`no report ${file}: ${error.message}`);
		failed++;
	}
}

if (exitCode !== '0' && failed === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
