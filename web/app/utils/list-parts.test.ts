import { expect, it } from 'vitest';
import type { AppPart, AppSummary } from '../types/api.ts';
import { findApps, findParts, sayCategory, toOffered } from './list-parts.ts';

const app = (key: string, parts: string[], more: Partial<AppSummary> = {}): AppSummary => ({
  key,
  name: key,
  categories: ['chat'],
  builtIn: true,
  latestVersion: '1.2.0',
  draft: false,
  authTypes: [],
  actions: parts.length,
  triggers: 0,
  parts: parts.map((name): AppPart => ({
    kind: name.startsWith('New') ? 'trigger' : 'action',
    key: name.toLowerCase().replaceAll(' ', '-'),
    name,
    description: null,
    effect: 'read',
  })),
  ...more,
});
const apps = [
  app('slack', ['Send a message', 'List channels', 'New message']),
  app('zoom', ['Send a message', 'Create a meeting'], { categories: ['meetings'] }),
  app('loom', ['Weave'], { builtIn: false }),
  app('unfinished', ['Do nothing'], { latestVersion: null }),
];

it('offers actions or triggers of the newest versions, grouped by app', () => {
  const { groups, more } = findParts(toOffered(apps, 'action'), 'send zoom', [], 40);
  expect(groups.map((group) => [group.app.key, group.parts.map(({ use }) => use)])).toEqual([
    ['zoom', ['zoom@1.2.0#send-a-message']],
  ]);
  expect(more).toBe(0);
  expect(toOffered(apps, 'trigger').map(({ item }) => item.use)).toEqual(['slack@1.2.0#new-message']);
});

it('puts what was used lately first and says how many more there are', () => {
  const offered = toOffered(apps, 'action');
  expect(findParts(offered, 'send', [], 1).groups[0]?.app.key).toBe('slack');
  const lately = findParts(offered, 'send', ['zoom#send-a-message'], 1);
  expect(lately.groups[0]?.app.key).toBe('zoom');
  expect(lately.more).toBe(1);
});

it('finds apps by name, category and what they can do, own ones first', () => {
  const keys = (query: string, category?: string) => findApps(apps, query, category).map(({ key }) => key);
  expect(keys('')[0]).toBe('loom');
  expect(keys('meeting')).toEqual(['zoom']);
  expect(keys('weave')).toEqual(['loom']);
  expect(keys('', 'meetings')).toEqual(['zoom']);
  expect(sayCategory('project-management')).toBe('Project management');
  expect(sayCategory('ai')).toBe('AI');
});
