// JSON lines on standard output. Nothing here knows which values are secret: redaction by value is a function
// handed in, redaction by name covers the members that never belong into a log.
import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

const hiddenNames = [
  'password',
  'authorization',
  'cookie',
  'credentials',
  'apiKey',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'secret',
];

export type LoggerOptions = {
  /** `trace debug info warn error fatal silent` */
  level: string;
  /** The process: `api`, `runner`, … */
  name: string;
  /** Called with every finished line; answers the line to write, with known secret values replaced. */
  redactLine?: (line: string) => string;
  /** Where lines go; standard output when absent. */
  destination?: DestinationStream;
};

/**
 * A logger that writes one JSON object a line: `level` as a word, `time` in ISO 8601, `name`, `msg` and what is given.
 * Errors are written as message, code and stack under `err`.
 */
export const createLogger = (options: LoggerOptions): Logger => {
  const { redactLine } = options;
  const settings = {
    level: options.level,
    name: options.name,
    base: { name: options.name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: hiddenNames.flatMap((name) => [name, `*.${name}`]), censor: '[REDACTED]' },
    ...(redactLine === undefined ? {} : { hooks: { streamWrite: redactLine } }),
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
};
