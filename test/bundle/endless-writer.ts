import {Readable} from 'node:stream';
import {createBundle} from '../../source/bundle/write.js';

/** A process of its own that writes a bundle for ever, to be killed. Says `writing` once bytes are on their way. */
const [folder = ''] = process.argv.slice(2);
const writer = await createBundle({folder, project: 'clerq', createdAt: Date.UTC(2026, 5, 14, 2)});
const endless = new Readable({
	read() {
		this.push(Buffer.alloc(64 * 1024, 'x'));
	},
});
let told = false;
await writer.addStream('databases/clerq.dump', 'dump', endless, bytes => {
	if (told || bytes < 4_000_000) return;
	told = true;
	process.stdout.write('writing\n');
	endless.pause();
});
