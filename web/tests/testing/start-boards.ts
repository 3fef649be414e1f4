// A service with boards, lists and custom fields, and the connector for it, for tests of dropdowns and custom fields.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Boards = {
  host: string;
  /** What was asked, as `GET /boards`. */
  asked: string[];
  /** Cards that were made. */
  cards: unknown[];
  /** While it is set, every question about a board is refused with this sentence. */
  refusal: string | null;
  stop: () => Promise<void>;
};

const fields: { [board: string]: unknown[] } = {
  plans: [
    { id: 'size', name: 'Size', type: 'number', must: true },
    {
      id: 'state',
      name: 'State',
      choices: [
        { id: 'o', text: 'Open' },
        { id: 's', text: 'Shut' },
      ],
    },
  ],
  ideas: [{ id: 'author', name: 'Author', hint: 'Who had it' }],
};

/** Starts it on a free port of this machine. */
export async function startBoards(): Promise<Boards> {
  const boards: Boards = { host: '', asked: [], cards: [], refusal: null, stop: async () => undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
      const [, noun, id = '', part] = pathname.split('/');
      boards.asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      if (request.headers['x-key'] !== 'good-key') return answer(401, { message: 'Wrong key' });
      if (part !== undefined && boards.refusal !== null) return answer(403, { message: boards.refusal });
      if (noun === 'cards') {
        const card: unknown = JSON.parse(Buffer.concat(chunks).toString());
        boards.cards.push(card);
        return answer(200, { id: 'c1' });
      }
      if (part === 'fields') return answer(200, fields[id] ?? []);
      if (part === 'lists') {
        const wanted = searchParams.get('q') ?? '';
        const all = ['To do', 'Doing', 'Done'].map((name, at) => ({ id: at + 1, name: `${name} (${id})` }));
        return answer(200, { lists: all.filter(({ name }) => name.toLowerCase().includes(wanted)) });
      }
      if (noun === 'boards')
        return answer(200, [
          { id: 'plans', name: 'Our plans' },
          { id: 'ideas', name: 'Our ideas' },
        ]);
      return answer(200, { name: 'Ada' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  boards.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  boards.stop = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return boards;
}

/** The app of that service. */
export const boardsConnector = (host: string) => ({
  manifestVersion: 1,
  app: { key: 'boards', name: 'Boards' },
  version: '1.0.0',
  baseUrl: `http://${host}`,
  auth: [
    {
      key: 'key',
      label: 'Key',
      type: 'API_KEY',
      apply: [{ in: 'header', name: 'x-key', value: '{{credentials.apiKey}}' }],
      test: { method: 'GET', endpointTemplate: '/me' },
    },
  ],
  optionSources: {
    boards: {
      request: { method: 'GET', endpointTemplate: '/boards' },
      items: 'body',
      value: '{{item.id}}',
      label: '{{item.name}}',
    },
    lists: {
      request: {
        method: 'GET',
        endpointTemplate: '/boards/{{input.board}}/lists',
        queryTemplate: { q: '{{search}}' },
      },
      items: 'body.lists',
      value: '{{item.id}}',
      label: '{{item.name}}',
      dependsOn: ['board'],
    },
  },
  fieldSources: {
    fields: {
      request: { method: 'GET', endpointTemplate: '/boards/{{input.board}}/fields' },
      items: 'body',
      dependsOn: ['board'],
      field: {
        key: '{{item.id}}',
        title: '{{item.name}}',
        help: '{{item.hint}}',
        type: { from: 'item.type', map: { number: { type: 'number' } }, default: { type: 'string' } },
        required: 'item.must',
        options: { items: 'item.choices', value: '{{option.id}}', label: '{{option.text}}' },
      },
    },
  },
  actions: [
    {
      key: 'add-card',
      name: 'Add a card',
      effect: 'create',
      idempotency: { mode: 'none' },
      method: 'POST',
      endpointTemplate: '/cards',
      inputSchema: {
        type: 'object',
        required: ['board'],
        additionalProperties: false,
        properties: {
          board: { type: 'string', 'x-label': 'Board', 'x-optionsFrom': 'boards' },
          list: { type: 'integer', 'x-label': 'List', 'x-optionsFrom': 'lists' },
          watchers: {
            type: 'array',
            'x-label': 'Boards that are told',
            items: { type: 'string', 'x-optionsFrom': 'boards' },
          },
          parts: {
            type: 'array',
            'x-label': 'Parts',
            items: {
              type: 'object',
              required: ['list'],
              properties: {
                list: { type: 'integer', 'x-label': 'List', 'x-optionsFrom': 'lists' },
                note: { type: 'string', 'x-label': 'Note' },
              },
            },
          },
          fields: { type: 'object', 'x-label': 'Fields', 'x-fieldsFrom': 'fields' },
          end: { enum: ['never', 'on'], 'x-label': 'Ends', default: 'never' },
          endsOn: { type: 'string', 'x-label': 'Ends on', 'x-showWhen': "{{input.end == 'on'}}" },
        },
      },
      bodyTemplate: '{{input}}',
      outputSchema: { type: 'object' },
    },
  ],
});
