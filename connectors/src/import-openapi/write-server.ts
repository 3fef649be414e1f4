/** One server with its variables as a template; the variables become settings of the connection. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { matchesPattern } from '../schemas/check-pattern.ts';
import { kebab } from './name-actions.ts';
import { listOf, shorten, textOf } from './source.ts';

export type Server = {
  template: string;
  settings: { [name: string]: JsonObject };
  required: string[];
  /** The host, where it does not depend on a setting. */
  host?: string;
};

const hostPart = '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$';
const pathPart = '^[A-Za-z0-9._~:@-]+$';
const anyAddress = '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%:@-]*)?$';
const secretNames = /token|secret|password|api_?key/i;

/** @returns null when the address cannot be used even with its variables filled in */
export function writeServer(url: string, variables: Json | undefined): Server | null {
  const known = isJsonObject(variables) ? variables : {};
  // Some write variables as a shell does.
  const found = /^(https?):\/\/([^/]*)(.*)$/is.exec(url.replaceAll('${', '{'));
  if (!found || /[{}]/.test(found[1]!)) return wholeAddress(url, known);
  const [, scheme = '', authority = '', path = ''] = found;
  const settings: Server['settings'] = {};
  const required: string[] = [];
  const inside = (text: string, pattern: string): string | null => {
    let isFine = true;
    const filled = text.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
      const read = readVariable(name, isJsonObject(known[name]) ? known[name] : {}, pattern);
      if (!read) {
        isFine = false;
        return '';
      }
      settings[read.key] = read.schema;
      const preset = read.schema['default'];
      if (typeof preset === 'string') return `{{connection.${read.key} ?? '${preset}'}}`;
      required.push(read.key);
      return `{{connection.${read.key}}}`;
    });
    return isFine ? filled : null;
  };
  const host = inside(authority, hostPart);
  const rest = inside(path.replace(/\/+$/, ''), pathPart);
  if (host === null || rest === null) return wholeAddress(url, known);
  const template = `${scheme.toLowerCase()}://${host}${rest}`;
  const sample = template.replaceAll(/\{\{[^}]*\}\}/g, 'x');
  const parsed = URL.parse(sample);
  if (!parsed || parsed.username !== '' || /[\s\\{}]/.test(sample) || /\/\.{1,2}(\/|$)/.test(sample))
    return wholeAddress(url, known);
  return { template, settings, required, ...(host.includes('{{') ? {} : { host: parsed.hostname }) };
}

function readVariable(
  name: string,
  variable: JsonObject,
  pattern: string,
): { key: string; schema: JsonObject } | null {
  const key = settingName(name);
  const preset = variable['default'] === undefined ? undefined : String(variable['default'] as string);
  const choices = listOf(variable['enum']).map(String);
  const description = textOf(variable['description']);
  const isFine = (text: string) => matchesPattern(pattern, text) && !text.includes("'");
  if (choices.some((choice) => !isFine(choice))) return null;
  const isSecret = secretNames.test(name);
  if (
    preset !== undefined &&
    !isSecret &&
    (!isFine(preset) || (choices.length > 0 && !choices.includes(preset)))
  ) {
    if (!isFine(preset)) return null;
    choices.push(preset);
  }
  return {
    key,
    schema: {
      type: 'string',
      title: name,
      ...(description === undefined ? {} : { description: shorten(description, 500) }),
      ...(choices.length > 0 ? { enum: [...new Set(choices)] } : { pattern }),
      ...(preset === undefined || isSecret ? {} : { default: preset }),
    },
  };
}

/** `your-domain` becomes `yourDomain`: settings are read as `connection.<name>`. */
function settingName(name: string): string {
  const words = kebab(name).split('-').filter(Boolean);
  const joined = words.map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
  return /^[a-z]/.test(joined) ? joined : `setting${joined}`;
}

/** Where a variable may be anything, the whole address is the setting. */
function wholeAddress(url: string, variables: JsonObject): Server | null {
  const filled = url
    .replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
      const variable = variables[name];
      return isJsonObject(variable) && variable['default'] !== undefined
        ? String(variable['default'] as string)
        : '';
    })
    .replace(/\/+$/, '');
  const isUsable = matchesPattern(anyAddress, filled) && URL.canParse(filled) && !filled.includes("'");
  const names = Object.keys(variables);
  if (!isUsable && names.length === 0 && !url.includes('{')) return null;
  const schema: JsonObject = {
    type: 'string',
    title: 'Address of the API',
    description: `Such as ${url.slice(0, 200)}`,
    pattern: anyAddress,
    maxLength: 500,
  };
  return isUsable
    ? {
        template: `{{connection.baseUrl ?? '${filled}'}}`,
        settings: { baseUrl: { ...schema, default: filled } },
        required: [],
        host: new URL(filled).hostname,
      }
    : { template: '{{connection.baseUrl}}', settings: { baseUrl: schema }, required: ['baseUrl'] };
}
