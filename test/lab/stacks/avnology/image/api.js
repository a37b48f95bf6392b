import {openPool, requireSetting, serve} from 'lab-kit';

requireSetting('SESSION_SECRET');
const store = requireSetting('S3_ENDPOINT');
const pool = await openPool('avnology-api');

async function showHealth() {
	const {rows} = await pool.query('SELECT count(*)::int AS organizations FROM organizations');
	const answer = await fetch(`${store}/minio/health/live`);
	if (!answer.ok) throw new Error(`object store answers ${answer.status}`);
	return {status: 'ok', ...rows[0]};
}

async function uploadLogo(body) {
	const {slug, data} = JSON.parse(body);
	const answer = await fetch(`${store}/avnology-branding/${slug}.png`, {method: 'PUT', body: Buffer.from(data, 'base64')});
	if (!answer.ok) throw new Error(`object store answers ${answer.status}`);
	await pool.query("UPDATE organizations SET branding = branding || jsonb_build_object('logo', $2::text) WHERE slug = $1", [slug, `${slug}.png`]);
	return {stored: `${slug}.png`};
}

serve(8080, {
	'GET /healthz': showHealth,
	'POST /v1/logos': uploadLogo,
	'GET /v1/organizations': () => pool.query('SELECT slug, display_name FROM organizations ORDER BY slug').then(result => result.rows),
});
