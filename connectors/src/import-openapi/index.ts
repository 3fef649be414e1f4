/** The door of this folder. */
export { decodeDocument } from './decode-document.ts';
export { ImportError } from './import-error.ts';
export { importOpenApi, type Imported, type ImportOptions, type Left } from './import-openapi.ts';
export { mergeImports, type MergeChange, type Merged } from './merge-imports.ts';
export { openApiBytes, parseOpenApi } from './parse-openapi.ts';
