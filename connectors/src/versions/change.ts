/** One change: where (in the newer document, or the older one for what was taken out), how much, and why. */
export type Change = { path: string; bump: 'patch' | 'minor' | 'major'; message: string };
