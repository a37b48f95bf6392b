import {serve} from 'lab-kit';

serve(8080, {'GET /': () => '<title>Cronicorn documentation</title>'});
