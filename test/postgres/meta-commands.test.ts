import {expect, test} from 'vitest';
import {judgeMetaCommand, readConnect} from '../../source/postgres/meta-commands.js';

test.each([
	['\\restrict abcDEF123', 'none'],
	['\\unrestrict abcDEF123', 'none'],
	['\\connect shop', 'none'],
	['\\connect "my ""shop"""', 'none'],
	['\\connect -reuse-previous=on "dbname=\'odd ""name""\'"', 'none'],
	['\\encoding UTF8', 'none'],
	['\\restrict `touch /tmp/x`', 'runs-program'],
	['\\restrict abc \\! touch /tmp/x', 'other'],
	['\\connect `touch /tmp/x`', 'runs-program'],
	['\\connect shop app evil.example.org 5432', 'connects'],
	['\\connect "host=evil.example.org"', 'none'],
	['\\! rm -rf /', 'runs-program'],
	["\\copy t from program 'curl x'", 'runs-program'],
	["\\copy t to '/tmp/x'", 'writes-file'],
	['\\copy t from /etc/passwd', 'reads-file'],
	['\\o |sh', 'runs-program'],
	['\\o /tmp/x', 'writes-file'],
	['\\g |sh', 'runs-program'],
	['\\g (format=csv) | sh', 'runs-program'],
	['\\g', 'other'],
	['\\i /etc/passwd', 'reads-file'],
	['\\ir other.sql', 'reads-file'],
	['\\include other.sql', 'reads-file'],
	['\\gexec', 'runs-program'],
	['\\setenv PAGER sh', 'runs-program'],
	['\\set x `id`', 'runs-program'],
	['\\set x 1', 'other'],
	['\\lo_import /etc/passwd', 'reads-file'],
	['\\if true', 'other'],
])('%s: %s', (text, harm) => {
	expect(judgeMetaCommand(text)).toBe(harm);
});

test('the database of a \\connect is read with its quotes', () => {
	expect(readConnect('\\connect shop')).toBe('shop');
	expect(readConnect('\\c "my ""shop"""')).toBe('my "shop"');
	expect(readConnect('\\connect -reuse-previous=on "dbname=\'odd ""name""\'"')).toBe('odd "name"');
	expect(readConnect('\\encoding UTF8')).toBeUndefined();
});
