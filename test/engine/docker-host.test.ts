import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {resolveDockerAddress} from '../../source/engine/docker-host.js';

function home(current?: string) {
	const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
	const id = createHash('sha256').update('far').digest('hex');
	mkdirSync(join(folder, 'contexts/meta', id), {recursive: true});
	writeFileSync(
		join(folder, 'contexts/meta', id, 'meta.json'),
		JSON.stringify({Name: 'far', Endpoints: {docker: {Host: 'ssh://me@far.example', SkipTLSVerify: false}}}),
	);
	writeFileSync(join(folder, 'config.json'), JSON.stringify(current === undefined ? {} : {currentContext: current}));
	return folder;
}

test('DOCKER_HOST wins over every context', () => {
	const address = resolveDockerAddress({
		DOCKER_CONFIG: home('far'),
		DOCKER_HOST: 'tcp://10.0.0.1:2375',
		DOCKER_CONTEXT: 'far',
	});
	expect(address).toMatchObject({host: 'tcp://10.0.0.1:2375', origin: 'DOCKER_HOST', tls: null});
});

test('the current context of the configuration is followed', () => {
	expect(resolveDockerAddress({DOCKER_CONFIG: home('far')})).toMatchObject({
		host: 'ssh://me@far.example',
		origin: 'context',
		context: 'far',
	});
});

test('DOCKER_CONTEXT wins over the current context', () => {
	expect(resolveDockerAddress({DOCKER_CONFIG: home('far'), DOCKER_CONTEXT: 'default'}).origin).toBe('default');
});

test('without any of them the default socket is used', () => {
	expect(resolveDockerAddress({DOCKER_CONFIG: home()})).toMatchObject({origin: 'default', tls: null});
});
