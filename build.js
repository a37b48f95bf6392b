// Bundles source/ into dist/ with code splitting, so that `npx` fetches one package and --version loads no React.
import {chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {build} from 'esbuild';

const {version} = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('dist', {recursive: true, force: true});
mkdirSync('dist', {recursive: true});

/**
 * dockerode brings an SSH client and a gRPC client of its own. Lifeboat reaches an engine over SSH as the docker command
 * does (docker system dial-stdio) and never builds through BuildKit's session, so both stay out of the package. conf brings
 * a validator of JSON schemas, which it never asks without one: settings are checked by zod.
 */
const leaveOut = {
	name: 'leave-out',
	setup(context) {
		context.onResolve({filter: /^(ssh2|@grpc\/.*|protobufjs|ajv\/.*|ajv-formats)$/}, ({path}) => ({
			path,
			namespace: 'left-out',
		}));
		context.onLoad({filter: /.*/, namespace: 'left-out'}, () => ({contents: 'module.exports = {};', loader: 'js'}));
	},
};

const result = await build({
	entryPoints: ['source/cli.ts'],
	outdir: 'dist',
	bundle: true,
	splitting: true,
	format: 'esm',
	platform: 'node',
	target: 'node20',
	jsx: 'automatic',
	minifySyntax: true,
	// Half the size to read before the first frame; names stay, so that a reported stack tells something.
	minifyWhitespace: true,
	metafile: true,
	legalComments: 'none',
	loader: {'.node': 'empty'},
	define: {
		LIFEBOAT_VERSION: JSON.stringify(version),
		'process.env.DEV': '"false"',
		'process.env.NODE_ENV': '"production"',
	},
	// react-devtools-core is loaded by ink only with DEV=true; cpu-features is an optional native part of ssh2.
	external: ['react-devtools-core', 'cpu-features'],
	banner: {
		js: "import {createRequire as lifeboatRequire} from 'node:module';const require=lifeboatRequire(import.meta.url);",
	},
	logLevel: 'warning',
	plugins: [leaveOut],
});
chmodSync('dist/cli.js', 0o755);

// `import {z}` takes everything that zod has, its messages in forty languages included: `import * as z` only what is used.
const locales = Object.keys(result.metafile.inputs).filter(path => /zod\/v4\/locales\/(?!en\.|index\.)/.test(path));
const bundled = Object.values(result.metafile.outputs).flatMap(({inputs}) => Object.keys(inputs));
if (locales.some(path => bundled.includes(path))) throw new Error("zod's locales are in the bundle: import * as z");

/** The licence texts of every package whose code ended up in the bundle. */
const folders = new Set(
	Object.keys(result.metafile.inputs)
		.map(path => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0])
		.filter(Boolean),
);
const notices = [...folders].sort().map(folder => {
	const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	const file = readdirSync(folder).find(name => /^(licen[cs]e|copying)/i.test(name));
	const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${manifest.license}`;
	return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
});
writeFileSync(join(dirname('dist/cli.js'), 'THIRD-PARTY-LICENCES.txt'), notices.join(`\n${'-'.repeat(72)}\n\n`));
