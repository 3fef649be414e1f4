/** Writes a connector as the folder that authors work in; `composeApp` reads it back to the same document. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '../types.ts';
import { toJson } from './write-json.ts';

const icon = 'data:image/svg+xml;base64,';

/** @returns the files that were written, in the order of the document */
export function writeFolder(folder: string, connector: Connector): string[] {
  const { app, actions, triggers = [], ...rest } = connector;
  const { key: _, icon: picture, ...named } = app;
  const files: string[] = [];
  const write = (name: string, content: string | Buffer) => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    files.push(file);
  };
  const isOwnPicture = picture !== undefined && picture.startsWith(icon);
  write(
    'app.json',
    toJson({ ...rest, app: { ...named, ...(picture && !isOwnPicture ? { icon: picture } : {}) } }),
  );
  if (isOwnPicture) write('icon.svg', Buffer.from(picture.slice(icon.length), 'base64'));
  for (const { key, ...action } of actions) write(join('actions', `${key}.json`), toJson(action));
  for (const { key, ...trigger } of triggers) write(join('triggers', `${key}.json`), toJson(trigger));
  return files;
}
