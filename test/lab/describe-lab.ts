import {describe, inject} from 'vitest';

/** `describe` for tests that need Docker: skipped, with the reason printed once by the set-up, where there is none. */
export const describeLab = describe.skipIf(inject('labObstacle') !== null);

/** The same for tests that also mount a disk or touch processes of the engine, which takes root. */
export const describeLabAsRoot = describe.skipIf(inject('labObstacle') !== null || process.getuid?.() !== 0);
