import { readdirSync, readFileSync } from 'node:fs';

/**
 * Every process below one process (children, their children, …), nearest first. Reads /proc, so Linux only.
 *
 * @param pid the process whose descendants are wanted; it is not part of the answer
 */
export function listDescendants(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat) childrenOf.set(stat.parent, [...(childrenOf.get(stat.parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const waiting = [pid];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const children = childrenOf.get(next) ?? [];
    found.push(...children);
    waiting.push(...children);
  }
  return found;
}

/** Whether a process runs. One that ended and was not yet collected by its parent (state Z) does not. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X';
}

function readStat(pid: number): { state: string; parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may itself hold spaces and brackets; the fields begin after the last one.
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}
