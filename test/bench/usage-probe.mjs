// Loaded into Lifeboat by `node --import`: writes peak memory and processor time when it exits, and can slow its disk down.
import child from 'node:child_process';
import fs from 'node:fs';
import {open} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';

const report = process.env.LIFEBOAT_BENCH_REPORT;
const bytesPerSecond = Number(process.env.LIFEBOAT_BENCH_WRITE_RATE ?? 0);

if (report !== undefined) {
	const used = () => {
		const {userCPUTime, systemCPUTime} = process.resourceUsage();
		return {processorSeconds: (userCPUTime + systemCPUTime) / 1e6, wallSeconds: process.uptime()};
	};
	// From here on the dump runs; before it Node starts, and the stack is looked at.
	let atDump = {processorSeconds: 0, wallSeconds: 0};
	const {spawn} = child;
	child.spawn = (file, args, options) => {
		if (Array.isArray(args) && args.includes('pg_dump')) atDump = used();
		return spawn(file, args, options);
	};
	syncBuiltinESMExports();
	process.on('exit', () => {
		const all = used();
		const dump = {
			processorSeconds: all.processorSeconds - atDump.processorSeconds,
			wallSeconds: all.wallSeconds - atDump.wallSeconds,
		};
		fs.writeFileSync(report, JSON.stringify({peakBytes: process.resourceUsage().maxRSS * 1024, ...all, dump}));
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
