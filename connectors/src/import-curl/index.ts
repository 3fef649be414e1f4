/** The door of this folder. */
export { importCurl, type ImportedCurl } from './import-curl.ts';
export { parseCurl, type CurlCall } from './parse-curl.ts';
