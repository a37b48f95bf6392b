/** UTC as it stands in the names of files: `20260614T020000Z`. `time` in milliseconds since the epoch. */
export function fileStamp(time: number): string {
	return `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** The same in lower case, so that the name of a database needs no quotes: `20260614t020000z`. It names an operation, too. */
export function operationStamp(time: number): string {
	return fileStamp(time).toLowerCase();
}
