// Adds up Vitest's JSON reports: node .ci/count.js EXIT-CODE AGAIN REPORT… AGAIN is the report of the failed files' second attempt; it need not be there,
// and what it says of a file counts. Names each failed test with the beginning of its message, and each that passed at the second attempt only;
// prints "N passed, N failed" as its last line; exit 1 when anything failed or is missing.
// node .ci/count.js --failed REPORT prints the failed files, one a line.
import {existsSync, readFileSync} from 'node:fs';
import {basename, relative} from 'node:path';

const beginning = message => (message ?? '').replaceAll(/\s*\n\s*/g, ' | ').slice(0, 900);
const read = file => JSON.parse(readFileSync(file, 'utf8'));
const failuresOf = suite => {
	const tests = suite.assertionResults.filter(test => test.status === 'failed');
	const failures = tests.map(test => ` > ${test.fullName}: ${beginning(test.failureMessages[0])}`);
	return suite.status === 'failed' && failures.length === 0 ? [`: ${beginning(suite.message)}`] : failures;
};

function count(exitCode, again, files) {
	let passed = 0;
	let failed = 0;
	let told = 0;
	const second = existsSync(again) ? read(again).testResults : [];
	for (const file of files) {
		try {
			for (const first of read(file).testResults) {
				const suite = (file === files[0] && second.find(({name}) => name === first.name)) || first;
				const name = `(${basename(file)}) ${relative('.', suite.name)}`;
				if (suite !== first) for (const failure of failuresOf(first)) console.log(`AT THE FIRST ATTEMPT ${name}${failure}`);
				for (const failure of failuresOf(suite)) console.log(`FAILED ${name}${failure}`);
				told += failuresOf(first).length;
				failed += failuresOf(suite).length;
				passed += suite.assertionResults.filter(test => test.status === 'passed').length;
			}
		} catch (error) {
			console.log(`no report ${file}: ${error.message}`);
			failed++;
		}
	}

	if (exitCode !== '0' && failed + told === 0) {
		console.log(`the test command ended with ${exitCode}, yet no test failed: see above`);
		failed++;
	}

	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

const [first, ...others] = process.argv.slice(2);
if (first === '--failed') {
	const suites = read(others[0]).testResults.filter(suite => failuresOf(suite).length > 0);
	for (const suite of suites) console.log(relative('.', suite.name));
} else count(first, others[0], others.slice(1));
