// A copy of the repository that may be changed or must stay as it is while work goes on in the original.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const packages = ['api', 'connectors', 'prisma', 'runner', 'web'];

/**
 * Copies the files that git knows (as they stand in the folder) to `target`, which must be empty or absent. Packages are linked;
 * those of this repository lead to the copy.
 */
export function copyTree(root: string, target: string): void {
  const { stdout, status } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error('git ls-files failed');
  mkdirSync(target, { recursive: true });
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  for (const folder of new Set(files.map((file) => dirname(file))))
    mkdirSync(join(target, folder), { recursive: true });
  for (const file of files) cpSync(join(root, file), join(target, file));
  cpSync(join(root, 'prisma/generated'), join(target, 'prisma/generated'), { recursive: true });
  for (const folder of ['.', ...packages]) linkPackages(root, target, folder);
}

/** Links every package of one folder; ours are found again in the copy. */
function linkPackages(root: string, target: string, folder: string): void {
  const from = join(root, folder, 'node_modules');
  if (!existsSync(from)) return;
  const to = join(target, folder, 'node_modules');
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== '@weftline') {
      symlinkSync(join(from, name), join(to, name));
      continue;
    }
    mkdirSync(join(to, name));
    for (const own of readdirSync(join(from, name))) {
      const original = join(from, name, own);
      if (lstatSync(original).isSymbolicLink())
        symlinkSync(realpathSync(original).replace(root, target), join(to, name, own));
    }
  }
}
