// What is written down outside the product, to hold its journal against.

export type Behaviour = 'normal' | 'slow' | 'hang' | 'cut' | 'refuse';

/** One request at the receiver. */
export type Arrival = {
  key: string;
  runId: string;
  step: string;
  delivery: string;
  behaviour: Behaviour;
  /** It was answered badly by intent, so that another attempt is right. */
  isBad: boolean;
  /** ms since 1970, by the same clock as the database's. */
  at: number;
};

/** What the client knows of one delivery. `answers`: the runs it was told, over all its attempts. */
export type Delivery = { id: string; flow: string; ackedAt: number | null; answers: string[] };
