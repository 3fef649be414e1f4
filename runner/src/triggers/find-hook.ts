// Whose hook a key is and what is needed to take a call, kept in memory for a moment: hooks are the hottest road.
import type { Database } from '@weftline/prisma';

export type Hook = {
  tenantId: string;
  workflowId: string;
  workflowName: string;
  kind: string;
  enabled: boolean;
  version: number | null;
  verify: string | null;
  secretCipher: Buffer | null;
  /** Counts too until `formerSecretUntilMs`, while the caller takes over the present one. */
  formerSecretCipher: Buffer | null;
  formerSecretUntilMs: number;
  listeningUntilMs: number;
};

export type Hooks = { find(key: string): Promise<Hook | null>; forget(workflowId: string | null): void };

/** Entries live 2 s and are dropped at once when the workflow changes (a message from whichever process changed it). */
export function cacheHooks(database: Database, { most = 10_000, lifeMs = 2_000 } = {}): Hooks {
  const known = new Map<string, { hook: Promise<Hook | null>; untilMs: number }>();

  async function load(key: string): Promise<Hook | null> {
    const [owner] = await database.callDoor<{ tenant_id: string; trigger_id: string }>('hook_by_key', [key]);
    if (!owner) return null;
    const tenantId = owner.tenant_id;
    return database.withTenant(tenantId, async (tx) => {
      const trigger = await tx.trigger.findFirst({ where: { tenantId, id: owner.trigger_id } });
      const workflow = await tx.workflow.findFirst({
        where: { tenantId, id: owner.trigger_id, deletedAt: null },
        select: { name: true },
      });
      if (!trigger || !workflow) return null;
      return {
        tenantId,
        workflowId: trigger.id,
        workflowName: workflow.name,
        kind: trigger.kind,
        enabled: trigger.enabled,
        version: trigger.version,
        verify: trigger.verify,
        secretCipher: trigger.webhookSecretCipher ? Buffer.from(trigger.webhookSecretCipher) : null,
        formerSecretCipher: trigger.formerSecretCipher ? Buffer.from(trigger.formerSecretCipher) : null,
        formerSecretUntilMs: trigger.formerSecretUntil?.getTime() ?? 0,
        listeningUntilMs: trigger.listeningUntil?.getTime() ?? 0,
      };
    });
  }

  return {
    find(key) {
      if (!/^[A-Za-z0-9_-]{16,128}$/.test(key)) return Promise.resolve(null);
      const entry = known.get(key);
      if (entry && entry.untilMs > performance.now()) return entry.hook;
      const hook = load(key);
      known.delete(key);
      known.set(key, { hook, untilMs: performance.now() + lifeMs });
      if (known.size > most) known.delete(known.keys().next().value!);
      // A fault or an unknown key is not remembered.
      void hook.then(
        (found) => found || known.delete(key),
        () => known.delete(key),
      );
      return hook;
    },
    forget(workflowId) {
      if (workflowId === null) return known.clear();
      for (const [key, entry] of known)
        void entry.hook
          .then((hook) => hook?.workflowId === workflowId && known.get(key) === entry && known.delete(key))
          .catch(() => {});
    },
  };
}
