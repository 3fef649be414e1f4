// What people of a workspace are told about runs: gathered by the clock, in every process, each thing once.
import type { Database } from '@weftline/prisma';

/** Failed runs are told within seconds; runs that take unusually long are looked for once a minute. */
export const tellPeople = (database: Pick<Database, 'callDoor'>) => [
  { name: 'failures', everyMs: 2_000, work: () => database.callDoor('note_failures', []) },
  { name: 'long runs', everyMs: 60_000, work: () => database.callDoor('note_long_runs', []) },
];
