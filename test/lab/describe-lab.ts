import {describe, inject} from 'vitest';

/** `describe` for tests that need Docker: skipped, with the reason printed once by the set-up, where there is none. */
export const describeLab = describe.skipIf(inject('labObstacle') !== null);
