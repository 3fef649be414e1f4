import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findAction } from './find-action.ts';
import { canonicalize } from './hash-document.ts';
import { appsDirectory, loadApps, loadFixtures, loadTriggerFixtures, loadVersions } from './load-apps.ts';
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

/** What people come for; more apps are welcome. */
const expected =
  `airtable alertmanager amazon-s3 amazon-ses anthropic asana bitbucket box calendly clickup datadog discord
  dropbox freshdesk github gitlab gmail google-calendar google-drive google-sheets graphql http hubspot intercom jira linear
  mailchimp mattermost microsoft-teams monday notion openai outlook pagerduty pipedrive quickbooks rabbitmq resend rss
  salesforce sendgrid sentry shopify slack stripe supabase telegram trello twilio typeform webflow whatsapp woocommerce
  wordpress xero zendesk zoom`.split(/\s+/);
/** For trying things out, or for anything at all: no service of their own. */
const general = new Set(['graphql', 'http', 'httpbin', 'oauth-demo', 'rss']);

test('the catalogue has at least 54 apps of services, with what people use them for', () => {
  const keys = apps.map(({ app }) => app.key);
  expect(expected.filter((key) => !keys.includes(key))).toEqual([]);
  expect(keys.filter((key) => key !== 'httpbin' && key !== 'oauth-demo').length).toBeGreaterThanOrEqual(54);
  for (const { app, actions, triggers = [] } of apps.filter((one) => !general.has(one.app.key))) {
    const visible = actions.filter(({ hidden }) => hidden !== true);
    expect(visible.length + triggers.length, app.key).toBeGreaterThanOrEqual(3);
    expect(
      visible
        .filter(({ effect, sample }) => effect === undefined || sample === undefined)
        .map(({ key }) => key),
      `${app.key}: actions without an effect or a sample`,
    ).toEqual([]);
  }
  console.log(`${apps.length} apps in the catalogue`);
});

test('whoever must choose something of a service can choose it from a list', () => {
  // A chat of Telegram is known to its people alone; the service lists none.
  const without = apps
    .filter(({ app }) => !general.has(app.key) && app.key !== 'telegram')
    .filter((connector) => !JSON.stringify(connector).includes('"x-optionsFrom"'))
    .map(({ app }) => app.key);
  expect(without).toEqual([]);
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

test('every trigger has a fixture', () => {
  const missing = apps.flatMap((connector) => {
    const played = new Set(loadTriggerFixtures(connector).map(({ trigger }) => trigger));
    return (connector.triggers ?? [])
      .filter(({ key }) => !played.has(key))
      .map(({ key }) => `${connector.app.key} ${key}`);
  });
  expect(missing).toEqual([]);
});
