#!/usr/bin/env node
// The command line of connector authors. Plain JavaScript, so that any Node can say which Node is needed. Here the parts
// are put together: the commands know no executor, they are handed one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const executor = new URL('../../runner/src/executor/play/play-connector.ts', import.meta.url);
const triggers = new URL('../../runner/src/triggers/play/play-triggers.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { run } = await import('../src/cli/main.ts');
  const play = async (connector, folder) => [
    ...(await (await import(executor.href)).playConnector(connector, folder)),
    ...(await (await import(triggers.href)).playTriggers(connector, folder)),
  ];
  process.exitCode = await run(process.argv.slice(2), existsSync(executor) ? { play } : {});
} else {
  const bundled = [`node-${process.platform}-${process.arch}`]
    .map((name) => fileURLToPath(new URL(`../../node_modules/${name}/bin/node`, import.meta.url)))
    .find((path) => existsSync(path));
  if (!bundled) {
    console.error(
      `weftline needs Node 24 or newer; this is ${process.version}. Run "npm start" once, which brings it along.`,
    );
    process.exitCode = 2;
  } else {
    process.exitCode = spawnSync(bundled, [self, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 2;
  }
}
