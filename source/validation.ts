import {config} from 'zod';

// zod compiles a function for each schema at its first use, which pays after some hundred values; a run looks at a few of each.
config({jitless: true});
