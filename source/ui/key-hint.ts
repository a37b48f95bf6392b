/** A key and what it does here; `important` ones stay in the last line of a narrow terminal. */
export type KeyHint = {readonly key: string; readonly does: string; readonly important?: boolean};
