// RateLimit and RateLimit-Policy in the form of draft-ietf-httpapi-ratelimit-headers.

export type LimitFacts = {
  /** Name of the policy: `runs-per-hour`. */
  name: string;
  limit: number;
  used: number;
  /** Length of the window; absent for a plain count. */
  windowSeconds?: number;
  resetsInSeconds?: number;
};

/** The two headers for an answer, whether it was admitted or refused. Numbers without end are left out. */
export function limitHeaders({ name, limit, used, windowSeconds, resetsInSeconds }: LimitFacts): {
  [name: string]: string;
} {
  if (limit >= 2_147_483_647) return {};
  const left = Math.max(0, limit - used);
  const window = windowSeconds === undefined ? '' : `;w=${Math.ceil(windowSeconds)}`;
  const reset = resetsInSeconds === undefined ? '' : `;t=${Math.max(0, Math.ceil(resetsInSeconds))}`;
  return { 'ratelimit-policy': `"${name}";q=${limit}${window}`, ratelimit: `"${name}";r=${left}${reset}` };
}
