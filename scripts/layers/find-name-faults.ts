// Folder is the noun, file is the verb; what could live inside one of the packages does not lie at the top.

const topLevel = `
  api connectors docs prisma runner scripts web .ci .github
  package.json pnpm-lock.yaml pnpm-workspace.yaml start.mjs vitest.config.ts
  tsconfig.json tsconfig.base.json tsconfig.browser.json .oxlintrc.json .oxfmtrc.json .gitignore .gitattributes
  Dockerfile docker-compose.yml .dockerignore .env.example .npmrc
  README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
`
  .trim()
  .split(/\s+/);

const kebab = '[a-z0-9]+(?:-[a-z0-9]+)*';
const codeFile = new RegExp(`^${kebab}(?:\\.${kebab})*\\.(?:ts|mjs|js)$`);
const composable = /^use[A-Z][A-Za-z0-9]*(\.test)?\.ts$/;
const component = /^[A-Z][A-Za-z0-9]*\.vue$/;
const page = new RegExp(`^(?:${kebab}|\\[{1,2}(?:\\.{3})?[A-Za-z]+\\]{1,2})\\.vue$`);
const folder = new RegExp(`^(?:${kebab}|\\[[A-Za-z]+\\]|\\d{14}_[a-z0-9_]+|\\.ci|\\.github)$`);

/** Paths whose names do not follow the rules, one sentence each. */
export function findNameFaults(paths: readonly string[]): string[] {
  const tops = [...new Set(paths.map((path) => path.split('/')[0] ?? ''))];
  return [
    ...tops
      .filter((top) => !topLevel.includes(top))
      .map((top) => `${top}: nothing else belongs at the top level`),
    ...paths.flatMap((path) => judge(path)),
  ];
}

function judge(path: string): string[] {
  const parts = path.split('/');
  const file = parts.pop() ?? '';
  const odd = parts.find((name) => !folder.test(name));
  if (odd !== undefined) return [`${path}: the folder ${odd} is not kebab-case`];
  if (file.endsWith('.vue')) {
    const isComponent = parts.includes('components');
    if (isComponent && !component.test(file)) return [`${path}: components are named in PascalCase`];
    if (!isComponent && !page.test(file)) return [`${path}: pages and layouts are named as their address`];
  }
  if (!/\.(ts|mjs|js)$/.test(file)) return [];
  if (parts.includes('composables')) {
    // Beside the composables may stand what they are made of.
    return composable.test(file) || codeFile.test(file) ? [] : [`${path}: composables are named useThing.ts`];
  }
  return codeFile.test(file) ? [] : [`${path}: files are named in kebab-case`];
}
