import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

const collect = () => {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
};

test('a line is one JSON object with level, time and what was given', () => {
  const { lines, destination } = collect();
  createLogger({ level: 'info', name: 'runner', destination }).info({ runId: 'r1', ms: 3 }, 'attempt');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    name: 'runner',
    runId: 'r1',
    ms: 3,
    msg: 'attempt',
  });
});

test('members with telling names and values known to be secret do not reach the log', () => {
  const { lines, destination } = collect();
  const logger = createLogger({
    level: 'info',
    name: 'api',
    destination,
    redactLine: (line) => line.replaceAll('canary-7f3', '[REDACTED]'),
  });
  logger.info({ headers: { authorization: 'Bearer abc' }, password: 'pw' }, 'in');
  logger.error({ err: new Error('GET https://x/?key=canary-7f3 failed') }, 'canary-7f3');
  expect(lines.join('')).not.toMatch(/Bearer abc|"pw"|canary-7f3/);
  expect(JSON.parse(lines[1] ?? '').level).toBe('error');
});
