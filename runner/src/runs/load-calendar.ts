import type { Transaction } from '@weftline/prisma';
import { type Calendar, presetCalendar } from '../workflow/working-hours.ts';

/** When a workspace works; the preset where it has not said. Input: a transaction of the tenant. */
export async function loadCalendar(tx: Transaction, tenantId: string): Promise<Calendar> {
  const row = await tx.calendar.findFirst({ where: { tenantId } });
  return row ? (JSON.parse(row.calendar) as Calendar) : presetCalendar;
}
