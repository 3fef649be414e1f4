// Writes .env.example from the schema that every process parses its environment with.
// Usage: node scripts/generate-env-example.ts [--check]
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

/** The text of .env.example. */
export function renderEnvExample(): string {
  const settings = Object.entries(environmentSchema.shape as unknown as Record<string, Setting>);
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
  const file = join(import.meta.dirname, '../.env.example');
  if (!process.argv.includes('--check')) writeFileSync(file, renderEnvExample());
  else if (readFileSync(file, 'utf8') !== renderEnvExample()) {
    console.error('.env.example is not what the schema says. Run: node scripts/generate-env-example.ts');
    process.exitCode = 1;
  }
}
