import {serve} from 'lab-kit';

serve(5173, {'GET /': async () => `<title>Cronicorn</title><pre>${await fetch(`${process.env.API_URL}/api/health`).then(answer => answer.text())}</pre>`});
