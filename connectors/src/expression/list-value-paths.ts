import { isJsonObject, type Json } from '../json.ts';
import { listPaths, type ReadPath } from './list-paths.ts';
import { isTemplate, parseTemplate } from './parse-template.ts';

/** All paths that the templates of a JSON tree read, in order; texts that do not parse read nothing. */
export function listValuePaths(value: Json | undefined): ReadPath[] {
  if (typeof value === 'string') {
    if (!isTemplate(value)) return [];
    try {
      return listPaths(parseTemplate(value));
    } catch {
      return [];
    }
  }
  if (Array.isArray(value)) return value.flatMap(listValuePaths);
  return isJsonObject(value) ? Object.values(value).flatMap(listValuePaths) : [];
}
