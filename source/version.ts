declare const LIFEBOAT_VERSION: string | undefined;

/** Lifeboat's own version, set when it is built. */
export const version = typeof LIFEBOAT_VERSION === 'string' ? LIFEBOAT_VERSION : '0.0.0-source';
