// Loaded into Lifeboat by `node --import`: writes peak memory and processor time when it exits, and can slow its disk down.
import fs from 'node:fs';
import {open} from 'node:fs/promises';

const report = process.env.LIFEBOAT_BENCH_REPORT;
const bytesPerSecond = Number(process.env.LIFEBOAT_BENCH_WRITE_RATE ?? 0);

if (report !== undefined) {
	process.on('exit', () => {
		const {maxRSS, userCPUTime, systemCPUTime} = process.resourceUsage();
		const seconds = (userCPUTime + systemCPUTime) / 1e6;
		fs.writeFileSync(
			report,
			JSON.stringify({peakBytes: maxRSS * 1024, processorSeconds: seconds, wallSeconds: process.uptime()}),
		);
	});
}

if (bytesPerSecond > 0) {
	const handle = await open(new URL(import.meta.url), 'r');
	const prototype = Object.getPrototypeOf(handle);
	await handle.close();
	for (const name of ['write', 'writev']) {
		const original = prototype[name];
		prototype[name] = async function (...parameters) {
			const result = await original.apply(this, parameters);
			await new Promise(resolve => setTimeout(resolve, (result.bytesWritten / bytesPerSecond) * 1000));
			return result;
		};
	}
}
