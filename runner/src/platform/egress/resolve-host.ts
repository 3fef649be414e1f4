// Name to addresses. We ask the name server ourselves: no search domains, no hosts file, all answers.
import { Resolver } from 'node:dns/promises';

/** Answers every address of `host`; an empty list when there is none. Throws only when no server answered. */
export type ResolveHost = (host: string) => Promise<string[]>;

const isNoAnswer = (reason: unknown): boolean => {
  const code = (reason as { code?: string }).code;
  return code === 'ENOTFOUND' || code === 'ENODATA';
};

/** A resolver over the system's name servers. @param timeoutMs for one query to one server, tried twice */
export const createResolveHost = (timeoutMs = 3_000): ResolveHost => {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  return async (host) => {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failed = answers.find((answer) => answer.status === 'rejected' && !isNoAnswer(answer.reason));
    if (addresses.length === 0 && failed?.status === 'rejected') throw failed.reason;
    return addresses;
  };
};
