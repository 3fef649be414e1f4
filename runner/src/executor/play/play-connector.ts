// Everything an author wrote down about what calls lead to, played: the examples of the document, the fixtures beside it.
import { basename, dirname, resolve } from 'node:path';
import { loadFixtures } from '@weftline/connectors/load-apps';
import type { Connector } from '@weftline/connectors/types';
import { playExamples } from './play-examples.ts';
import { playFixture, type Played } from './play-fixture.ts';

/**
 * @param connector a sound draft
 * @param folder where it was read from; null: it has no fixtures
 * @returns examples first, then fixtures of actions, in the order of their files
 */
export const playConnector = async (connector: Connector, folder: string | null): Promise<Played[]> => {
  const played: Played[] = [];
  for (const { action, title, ok, faults } of await playExamples(connector))
    played.push({ action, title, ok, faults });
  if (folder === null) return played;
  const place = resolve(folder);
  for (const fixture of loadFixtures(basename(place), dirname(place)))
    played.push(await playFixture(connector, fixture));
  return played;
};
