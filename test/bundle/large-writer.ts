import {rmSync} from 'node:fs';
import {Readable} from 'node:stream';
import {createBundle} from '../../source/bundle/write.js';
import {drive} from '../../source/operation.js';

/** A process of its own that writes a bundle of so many megabytes, reads it back, and prints its peak memory in MB. */
const [folder = '', megabytes = '1'] = process.argv.slice(2);
const piece = 64 * 1024;
let left = Number(megabytes) * 16;
const source = new Readable({
	read() {
		this.push(left-- > 0 ? Buffer.alloc(piece, left % 256) : null);
	},
});
const writer = await createBundle({folder, project: 'large', createdAt: Date.UTC(2026, 5, 14, 2)});
await writer.addStream('databases/large.dump', 'dump', source);
await drive(
	writer.finish({
		tool: {name: 'lifeboat', version: '0.1.0'},
		project: 'large',
		directory: 'large',
		composeFiles: [],
		services: [],
		git: null,
		servers: [],
		fingerprints: {algorithm: 'none', salt: '', entries: {}},
		toolOutput: [],
		warnings: [],
		notCovered: [],
	}),
	() => undefined,
);
rmSync(folder, {recursive: true});
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
