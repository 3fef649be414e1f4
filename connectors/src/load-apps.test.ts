import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findAction } from './find-action.ts';
import { canonicalize } from './hash-document.ts';
import { appsDirectory, loadApps, loadFixtures, loadVersions } from './load-apps.ts';
import {
  connectionSchemaOf,
  credentialsSchemaOf,
  inputSchemaOf,
  outputSchemaOf,
} from './schemas/compose-schema.ts';
import { validateConnector } from './validate-connector.ts';
import { validateValue } from './validate-value.ts';

const apps = loadApps();
const fixtures = apps.flatMap((app) =>
  loadFixtures(app).map((fixture) => ({ app, fixture, name: `${app.app.key}: ${fixture.title}` })),
);

test('the apps of the first version stay in the catalogue', () => {
  expect(apps.map(({ app }) => app.key)).toEqual(
    expect.arrayContaining(['github', 'http', 'httpbin', 'oauth-demo', 'rabbitmq', 'slack']),
  );
});

test.each(apps.map((app) => ({ app, key: app.app.key })))('$key can be published as it stands', ({ app }) => {
  expect(validateConnector(app, 'publish')).toEqual([]);
});

test.each(apps.map((app) => ({ app, key: app.app.key })))(
  '$key has an icon, and its version is frozen as it is in the source',
  ({ app }) => {
    expect(app.app.icon).toMatch(/^data:image\/svg\+xml;base64,/);
    const file = join(appsDirectory, app.app.key, 'versions', `${app.version}.json`);
    expect(existsSync(file), 'run: node connectors/src/freeze-versions.ts').toBe(true);
    expect(canonicalize(JSON.parse(readFileSync(file, 'utf8')))).toBe(canonicalize(app));
  },
);

test.each(loadVersions().map((app) => ({ app, name: `${app.app.key} ${app.version}` })))(
  '$name, once published, can still be published',
  ({ app }) => {
    expect(validateConnector(app, 'publish')).toEqual([]);
  },
);

test.each(apps.map((app) => ({ app, key: app.app.key })))(
  'every visible action of $key has a fixture',
  ({ app }) => {
    const played = new Set(loadFixtures(app).map(({ action }) => action));
    const missing = app.actions
      .filter(({ key, hidden }) => !hidden && !played.has(key))
      .map(({ key }) => key);
    // Echo actions differ by their method alone.
    expect(missing.filter((key) => !['put', 'delete', 'wait'].includes(key))).toEqual([]);
  },
);

test.each(fixtures)(
  '$name: input, settings, credentials and output fit their schemas',
  ({ app, fixture }) => {
    const action = findAction(app, fixture.action)!;
    expect(action).toBeDefined();
    expect(validateValue(inputSchemaOf(app, action), fixture.input)).toEqual([]);
    const auth =
      fixture.auth === undefined ? app.auth[0]! : app.auth.find(({ key }) => key === fixture.auth)!;
    if (fixture.credentials)
      expect(validateValue(credentialsSchemaOf(app, auth), fixture.credentials)).toEqual([]);
    if (fixture.config) expect(validateValue(connectionSchemaOf(app), fixture.config)).toEqual([]);
    if (fixture.output !== undefined)
      expect(validateValue(outputSchemaOf(app, action), fixture.output)).toEqual([]);
    expect((fixture.output === undefined) !== (fixture.error === undefined)).toBe(true);
  },
);
