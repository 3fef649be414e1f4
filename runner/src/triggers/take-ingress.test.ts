import { createHmac } from 'node:crypto';
import type { Connector, Ingress } from '@weftline/connectors/types';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ReceiveWorld, startReceiveWorld } from '../../testing/start-receive-world.ts';
import { sealAppCredentials } from '../connections/app-credentials.ts';
import { hookFault } from './take-hook.ts';

const signingSecret = 'canary-signing-secret-0123456789';

let world: ReceiveWorld;
beforeAll(async () => {
  world = await startReceiveWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.log.length = 0;
  world.outcomes.length = 0;
});

const ingress: Ingress = {
  receive: {
    handshake: [
      {
        when: "{{body.type == 'url_verification'}}",
        verifyFirst: true,
        respond: { status: 200, body: '{{body.challenge}}' },
      },
    ],
    verify: [
      {
        scheme: 'hmac',
        algorithm: 'sha256',
        secret: '{{credentials.signingSecret}}',
        content: '{{rawBody}}',
        signature: "{{headers['x-signature']}}",
        encoding: 'hex',
      },
    ],
    eventId: '{{body.event_id}}',
    respond: { status: 202 },
  },
  routeBy: { event: '{{body.team}}', connection: 'teamId' },
};
const chat = (change: Partial<Connector> = {}): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'chat', name: 'Chat' },
    version: '1.0.0',
    baseUrl: `http://${world.service.host}`,
    auth: [
      {
        key: 'key',
        label: 'Key',
        type: 'API_KEY',
        credentialsSchema: { properties: { signingSecret: { type: 'string', 'x-secret': true } } },
      },
    ],
    actions: [],
    ingress,
    triggers: [
      {
        key: 'message',
        name: 'Message',
        type: 'INGRESS',
        outputSchema: { type: 'object' },
        sample: {},
        ingress: {
          match:
            "{{body.event.type == 'message' && body.event.channel == (input.channel ?? body.event.channel)}}",
          map: { text: '{{body.event.text}}', team: '{{connection.teamId}}' },
        },
      },
      {
        key: 'reaction',
        name: 'Reaction',
        type: 'INGRESS',
        outputSchema: { type: 'object' },
        sample: {},
        ingress: { match: "{{body.event.type == 'reaction'}}" },
      },
    ],
    ...change,
  }) as unknown as Connector;

type Team = { tenantId: string; connector: Connector; key: string };

async function workspace(connector = chat()): Promise<Team> {
  const tenantId = await world.world.addTenant('unlimited');
  await world.publish(tenantId, connector);
  return { tenantId, connector, key: await world.ingressKey(tenantId, 'chat') };
}
const connect = ({ tenantId, connector }: Team, teamId: unknown, secret = signingSecret) =>
  world.connect(tenantId, connector, {
    config: { teamId } as never,
    credentials: { apiKey: 'canary-api-key-9876543210', signingSecret: secret },
  });
const sign = (text: string, secret = signingSecret) =>
  createHmac('sha256', secret).update(text).digest('hex');
const send = (key: string, body: object, secret = signingSecret) => {
  const text = JSON.stringify(body);
  return world.call(key, Buffer.from(text), { 'x-signature': sign(text, secret) }).catch(hookFault);
};
const message = (team: unknown, id: string, channel = 'general') => ({
  team,
  event_id: id,
  event: { type: 'message', text: `text of ${id}`, channel },
});

describe('a call at the one address of an app', () => {
  test('is proved with the secret that the workspace set for the app, where a connection has none', async () => {
    const team = await workspace();
    const { tenantId, connector, key } = team;
    const { database, vault } = world.world;
    const shared = 'canary-secret-of-the-whole-app-012345';
    const sealed = await sealAppCredentials(vault, tenantId, 'chat', 'key', { signingSecret: shared });
    const set = {
      tenantId,
      appKey: 'chat',
      authKey: 'key',
      secretCipher: new Uint8Array(sealed),
      setBy: 'test',
    };
    await database.withTenant(tenantId, (tx) => tx.appCredential.createMany({ data: [set] }));
    const connectionId = await world.connect(tenantId, connector, {
      config: { teamId: 'T1' },
      credentials: { apiKey: 'canary-api-key-9876543210' },
    });
    const listening = await world.listen(tenantId, connector, 'message', { connectionId });
    expect(await send(key, message('T1', 'e1'), 'a-secret-of-nobody')).toMatchObject({ status: 401 });
    expect(await send(key, message('T1', 'e2'), shared)).toMatchObject({ answer: { status: 202 } });
    expect(await listening.outputs()).toEqual([{ text: 'text of e2', team: 'T1' }]);
    expect(world.log.join('')).not.toContain(shared);
  });

  test('starts a run of each trigger whose connection and match it fits, once for each event', async () => {
    const team = await workspace();
    const [one, two] = [await connect(team, 'T1'), await connect(team, 'T2')];
    const all = await world.listen(team.tenantId, team.connector, 'message', { connectionId: one });
    const random = await world.listen(team.tenantId, team.connector, 'message', {
      connectionId: one,
      input: { channel: 'random' },
    });
    const reactions = await world.listen(team.tenantId, team.connector, 'reaction', { connectionId: one });
    const other = await world.listen(team.tenantId, team.connector, 'message', { connectionId: two });

    expect(await send(team.key, message('T1', 'e1'))).toMatchObject({
      status: 'declared',
      answer: { status: 202, body: null },
      runIds: [expect.any(String)],
    });
    await send(team.key, message('T1', 'e1'));
    await send(team.key, message('T1', 'e2', 'random'));
    await send(team.key, message('T2', 'e1'));
    expect(await all.outputs()).toEqual([
      { text: 'text of e1', team: 'T1' },
      { text: 'text of e2', team: 'T1' },
    ]);
    expect(await random.outputs()).toEqual([{ text: 'text of e2', team: 'T1' }]);
    expect(await reactions.outputs()).toEqual([]);
    expect(await other.outputs()).toEqual([{ text: 'text of e1', team: 'T2' }]);
  });

  test('that names no account reaches every connection whose credentials bear it out, where the app routes by nothing else', async () => {
    const { routeBy: _, ...open } = ingress;
    const team = await workspace(chat({ ingress: open }));
    const [one, two] = [await connect(team, 'T1'), await connect(team, 'T2', 'another-canary-secret-01234')];
    const mine = await world.listen(team.tenantId, team.connector, 'message', { connectionId: one });
    const other = await world.listen(team.tenantId, team.connector, 'message', { connectionId: two });
    await send(team.key, message(undefined, 'e1'));
    await send(team.key, message(undefined, 'e1'));
    expect(await mine.outputs()).toEqual([{ text: 'text of e1', team: 'T1' }]);
    expect(await other.outputs()).toEqual([]);
    expect(await send(team.key, message(undefined, 'e2'), 'a-secret-of-nobody-0123456789')).toMatchObject({
      status: 401,
    });
    expect(await mine.outputs()).toHaveLength(1);
  });

  test('that comes a hundred times at once starts one run', async () => {
    const team = await workspace();
    const all = await world.listen(team.tenantId, team.connector, 'message', {
      connectionId: await connect(team, 'T1'),
    });
    await Promise.all(Array.from({ length: 100 }, () => send(team.key, message('T1', 'same'))));
    expect(await all.outputs()).toHaveLength(1);
  });

  test('is refused when no connection it names bears it out, also where another one of the workspace would', async () => {
    const team = await workspace();
    const [one] = [
      await connect(team, 'T1', 'secret-of-one-0123456789'),
      await connect(team, 'T2', 'secret-of-two-0123456789'),
    ];
    const all = await world.listen(team.tenantId, team.connector, 'message', { connectionId: one });
    expect(await send(team.key, message('T1', 'e1'), 'secret-of-two-0123456789')).toMatchObject({
      status: 401,
    });
    expect(await send(team.key, message('T1', 'e1'), '')).toMatchObject({ status: 401 });
    expect(await all.outputs()).toEqual([]);
    expect(await send(team.key, message('T1', 'e1'), 'secret-of-one-0123456789')).toMatchObject({
      status: 'declared',
    });
    expect(await all.outputs()).toHaveLength(1);
  });

  test('of an account that nobody has connected is answered, starts nothing, and is explained', async () => {
    const team = await workspace();
    expect(await send(team.key, message('T9', 'e1'))).toMatchObject({ answer: { status: 202 }, runIds: [] });
    expect(world.log.join('')).toContain('this workspace has no connection of this app');
    await connect(team, 'T1');
    expect(await send(team.key, message('T9', 'e1'))).toMatchObject({ answer: { status: 202 }, runIds: [] });
    expect(world.log.join('')).toContain(
      'no connection of this app has the \\"teamId\\" that the call names',
    );
    // Which accounts are connected is nobody's business who cannot sign.
    expect(await send(team.key, message('T9', 'e1'), 'forged')).toMatchObject({ status: 401 });
    expect(await send(team.key, message('T1', 'e1'))).toMatchObject({ answer: { status: 202 }, runIds: [] });
    expect(world.log.join('')).toContain('no enabled workflow listens to this connection');
    expect(world.outcomes).toEqual(['unrouted', 'unrouted', 'refused', 'nothing']);
    expect(world.log.join('')).not.toContain('canary');
  });

  test('is kept as a sample for whoever waits for one before the workflow is on, and starts nothing', async () => {
    const team = await workspace();
    const { tenantId } = team;
    const all = await world.listen(tenantId, team.connector, 'message', {
      connectionId: await connect(team, 'T1'),
    });
    const { database } = world.world;
    const where = { tenantId, id: all.workflowId };
    const listeningUntil = new Date(Date.now() + 60_000);
    await database.withTenant(tenantId, (tx) => tx.trigger.updateMany({ where, data: { enabled: false } }));
    await send(team.key, message('T1', 'e1'));
    await database.withTenant(tenantId, (tx) => tx.trigger.updateMany({ where, data: { listeningUntil } }));
    await database.withTenant(tenantId, (tx) =>
      tx.appTrigger.updateMany({ where: { tenantId }, data: { wanted: false } }),
    );
    await send(team.key, message('T1', 'e2'));
    const samples = await database.withTenant(tenantId, (tx) =>
      tx.hookSample.findMany({ where: { tenantId } }),
    );
    expect(samples.map(({ output }) => JSON.parse(output) as unknown)).toEqual([
      { text: 'text of e2', team: 'T1' },
    ]);
    expect(await all.outputs()).toEqual([]);
  });

  test('finds an account whose setting is a number', async () => {
    const team = await workspace();
    const all = await world.listen(team.tenantId, team.connector, 'message', {
      connectionId: await connect(team, 4711),
    });
    await send(team.key, message('4711', 'e1'));
    await send(team.key, message(4711, 'e2'));
    expect(await all.outputs()).toHaveLength(2);
  });

  test('never reaches another workspace, whatever account it names (T1)', async () => {
    const [mine, theirs] = [await workspace(), await workspace()];
    const [own, foreign] = [await connect(mine, 'T1'), await connect(theirs, 'T1')];
    const here = await world.listen(mine.tenantId, mine.connector, 'message', { connectionId: own });
    const there = await world.listen(theirs.tenantId, theirs.connector, 'message', { connectionId: foreign });
    // A row that names a connection of another workspace matches nothing either.
    const stray = await world.listen(mine.tenantId, mine.connector, 'message', { connectionId: foreign });
    await send(mine.key, message('T1', 'e1'));
    expect(await here.outputs()).toHaveLength(1);
    expect(await there.outputs()).toEqual([]);
    expect(await stray.outputs()).toEqual([]);
    await send(theirs.key, message('T1', 'e1'));
    expect(await there.outputs()).toHaveLength(1);
    expect(await here.outputs()).toHaveLength(1);
  });

  test('with several events goes by the account of each of them', async () => {
    const team = await workspace(
      chat({
        ingress: {
          receive: { ...ingress.receive, items: 'body', eventId: '{{item.id}}' },
          routeBy: { event: '{{item.team}}', connection: 'teamId' },
        },
        triggers: [
          {
            key: 'message',
            name: 'Message',
            type: 'INGRESS',
            outputSchema: {},
            sample: {},
            ingress: { match: '{{true}}', map: '{{item.id}}' },
          },
        ],
      }),
    );
    const [one, two] = [await connect(team, 'T1'), await connect(team, 'T2', 'another-secret-0123456789')];
    const first = await world.listen(team.tenantId, team.connector, 'message', { connectionId: one });
    const second = await world.listen(team.tenantId, team.connector, 'message', { connectionId: two });
    await send(team.key, [
      { team: 'T1', id: 'a' },
      { team: 'T2', id: 'b' },
      { team: 'T3', id: 'c' },
      { team: 'T1', id: 'd' },
    ]);
    expect(await first.outputs()).toEqual(['a', 'd']);
    // The call was signed with the secret of the first account alone.
    expect(await second.outputs()).toEqual([]);
  });
});

describe('a handshake at the one address', () => {
  test('names no account and is checked with any connection of the app', async () => {
    const team = await workspace();
    const challenge = { type: 'url_verification', challenge: 'c-42' };
    expect(await send(team.key, challenge)).toMatchObject({ status: 401 });
    await connect(team, 'T1', 'another-secret-0123456789');
    await connect(team, 'T2');
    expect(await send(team.key, challenge)).toMatchObject({ answer: { status: 200, body: 'c-42' } });
    expect(await send(team.key, challenge, 'forged')).toMatchObject({ status: 401 });
  });

  test('keeps what it brings for the app, and an unproved one replaces nothing while workflows listen', async () => {
    const team = await workspace(
      chat({
        ingress: {
          ...ingress,
          receive: {
            ...ingress.receive,
            handshake: [
              {
                when: '{{exists(body.verification_token)}}',
                store: { token: '{{body.verification_token}}' },
              },
            ],
            verify: [{ ...ingress.receive.verify[0]!, secret: '{{stored.token}}' }],
          },
        },
      }),
    );
    const connectionId = await connect(team, 'T1');
    expect(await send(team.key, { verification_token: 'canary-first-token' })).toMatchObject({
      status: 'declared',
    });
    const all = await world.listen(team.tenantId, team.connector, 'message', { connectionId });
    expect(await send(team.key, { verification_token: 'canary-forged-token' })).toMatchObject({
      status: 401,
    });
    expect(await send(team.key, message('T1', 'e1'), 'canary-forged-token')).toMatchObject({ status: 401 });
    expect(await send(team.key, message('T1', 'e1'), 'canary-first-token')).toMatchObject({
      status: 'declared',
    });
    expect(await all.outputs()).toHaveLength(1);
    expect(world.log.join('')).not.toContain('canary');
  });
});
