/** How each state looks: one colour and one picture everywhere. The word beside it comes from `status.*` of the catalogue. */
import type { ConnectionStatus, RunStatus, StepStatus } from '../types/api.ts';

export type Look = {
  color: 'success' | 'error' | 'warning' | 'info' | 'neutral';
  icon: string;
  moving?: boolean;
};

export const runLooks: Record<RunStatus | StepStatus, Look> = {
  queued: { color: 'neutral', icon: 'i-lucide-circle-dashed' },
  pending: { color: 'neutral', icon: 'i-lucide-circle-dashed' },
  running: { color: 'info', icon: 'i-lucide-loader-circle', moving: true },
  waiting: { color: 'warning', icon: 'i-lucide-hourglass' },
  succeeded: { color: 'success', icon: 'i-lucide-circle-check' },
  failed: { color: 'error', icon: 'i-lucide-circle-x' },
  skipped: { color: 'neutral', icon: 'i-lucide-circle-slash' },
  cancelled: { color: 'neutral', icon: 'i-lucide-ban' },
  unknown: { color: 'warning', icon: 'i-lucide-circle-help' },
};

export const connectionLooks: Record<ConnectionStatus, Look> = {
  untested: { color: 'warning', icon: 'i-lucide-circle-dashed' },
  working: { color: 'success', icon: 'i-lucide-circle-check' },
  failing: { color: 'error', icon: 'i-lucide-circle-x' },
  needs_reauth: { color: 'error', icon: 'i-lucide-key-round' },
};

export const triggerIcons: Record<string, string> = {
  manual: 'i-lucide-play',
  webhook: 'i-lucide-webhook',
  schedule: 'i-lucide-calendar-clock',
  app: 'i-lucide-bell-ring',
};

export const stepIcons: Record<string, string> = {
  action: 'i-lucide-zap',
  filter: 'i-lucide-filter',
  branch: 'i-lucide-split',
  delay: 'i-lucide-timer',
  transform: 'i-lucide-braces',
  code: 'i-lucide-code',
  forEach: 'i-lucide-repeat',
  workflow: 'i-lucide-workflow',
  approval: 'i-lucide-user-check',
  switch: 'i-lucide-signpost',
  waitForHook: 'i-lucide-phone-incoming',
};

/** Nothing more will happen to a run in one of these states. */
export function isTerminal(status: RunStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}
