// Writes .env.example and the table in README.md from the schema that every process parses its environment with.
// Usage: node scripts/generate-env-example.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentSchema } from '../runner/src/platform/env.ts';

// Only what this file needs of a zod schema; the library itself belongs to the packages.
type Setting = {
  description?: string | undefined;
  def: { type: string; innerType?: Setting; defaultValue?: unknown; in?: Setting; entries?: object };
};

const head = `# Every setting of Weftline, with its default. Made from runner/src/platform/env.ts by
# \`node scripts/generate-env-example.ts\`; a test keeps the two equal. Nothing here is needed to try it out.
# For Docker Compose copy this file to .env and fill in what you need.
`;
const width = 110;

const settings = Object.entries(environmentSchema.shape as unknown as Record<string, Setting>);

/** The table of README.md, between its two marks. */
export function renderTable(): string {
  const rows = settings.map(([name, setting]) => {
    const { preset, choices } = readSetting(setting);
    const text = `${setting.description ?? ''}${choices ? ` One of: ${choices.join(', ')}.` : ''}`;
    return `| \`${name}\` | ${preset === '' ? '' : `\`${preset}\``} | ${text.replaceAll('|', '\\|')} |`;
  });
  return ['| name | default | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A document with what stands between the marks replaced. */
export function fillTable(document: string): string {
  const [before, , after] = document.split(/<!-- (?:settings|end of settings) -->/);
  if (after === undefined) throw new Error('README.md has lost the marks around its table of settings.');
  return `${before}<!-- settings -->\n\n${renderTable()}\n\n<!-- end of settings -->${after}`;
}

/** The text of .env.example. */
export function renderEnvExample(): string {
  const blocks = settings.map(([name, setting]) => {
    const { preset, choices } = readSetting(setting);
    const text = `${setting.description ?? ''}${choices ? ` One of: ${choices.join(', ')}.` : ''}`;
    return `${wrap(text)}\n#${name}=${preset}\n`;
  });
  return [head, ...blocks].join('\n');
}

/** Looks through the wrappers (optional, default, transform) for the default value and the choices. */
function readSetting(setting: Setting): { preset: string; choices: string[] | null } {
  let preset = '';
  let choices: string[] | null = null;
  for (let inner: Setting | undefined = setting; inner; inner = inner.def.innerType ?? inner.def.in) {
    if (inner.def.type === 'default') preset = String(inner.def.defaultValue);
    if (inner.def.entries) choices = Object.keys(inner.def.entries);
  }
  return { preset, choices };
}

function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.join('\n');
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  writeFileSync(join(root, 'README.md'), fillTable(readme));
  writeFileSync(join(root, '.env.example'), renderEnvExample());
}
