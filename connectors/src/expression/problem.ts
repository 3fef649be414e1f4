/** One fault of a document: where (a JSON pointer, '' for the whole), a stable code, and a sentence for a person. */
export type Problem = { path: string; code: string; message: string };
