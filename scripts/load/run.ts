// Runs a k6 script where k6 is not installed.
// Usage: node scripts/load/run.ts [-e NAME=value]… [--vus 10] [--duration 30s] [--iterations 100] <script.js>
// Ends with 0, with 99 when a threshold does not hold (as k6 does), with 1 when the script cannot be run.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Options } from './k6/messages.ts';
import { runScript, type Result } from './run-script.ts';

const brokenThreshold = 99;

function readCommand(): { file: string; env: Record<string, string>; overrides: Options } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      env: { type: 'string', short: 'e', multiple: true },
      vus: { type: 'string', short: 'u' },
      duration: { type: 'string', short: 'd' },
      iterations: { type: 'string', short: 'i' },
    },
  });
  // `run` is accepted, so that a command line of k6 works as it stands.
  const [file, ...others] = positionals.filter((word, index) => !(index === 0 && word === 'run'));
  if (file === undefined || others.length > 0)
    throw new Error('Give one script: node scripts/load/run.ts <script.js>');
  const given = (values.env ?? []).map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]);
  const overrides: Options = {
    ...(values.vus === undefined ? {} : { vus: Number(values.vus) }),
    ...(values.duration === undefined ? {} : { duration: values.duration }),
    ...(values.iterations === undefined ? {} : { iterations: Number(values.iterations) }),
  };
  return {
    file: resolve(file),
    env: {
      ...(process.env as Record<string, string>),
      ...(Object.fromEntries(given) as Record<string, string>),
    },
    overrides,
  };
}

function print(result: Result): void {
  for (const name of result.metrics.names()) {
    const figures = Object.entries(result.metrics.figures(name, result.seconds) ?? {});
    console.log(
      `${name.padEnd(22)} ${figures.map(([key, value]) => `${key}=${+value.toFixed(3)}`).join(' ')}`,
    );
  }
  for (const { metric, threshold, holds, measured } of result.verdicts) {
    const value = measured === null ? 'nothing measured' : String(+measured.toFixed(3));
    console.log(`${holds ? 'holds ' : 'BROKEN'} ${metric}: ${threshold} (${value})`);
  }
  console.log(`users ${result.mostUsers}, seconds ${result.seconds.toFixed(1)}`);
}

try {
  const { file, env, overrides } = readCommand();
  const result = await runScript(file, env, overrides, (message) => console.warn(`warning: ${message}`));
  print(result);
  process.exitCode = result.verdicts.every((verdict) => verdict.holds) ? 0 : brokenThreshold;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
