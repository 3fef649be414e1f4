/** A request that reached the simulated service. */
export type Sent = {
  runId: string;
  address: string;
  key: string;
  /** The run that the key is made from. */
  root: string;
  /** Its worker was stopped between its last look at its lease and the request (R7). */
  inTheAct: boolean;
  /** Two thirds of its worker's lease had gone by when it began. */
  isLate: boolean;
};
