/** What a new connector starts with: small, whole, and valid, so that the first change already shows something. */
export const newConnector = {
  manifestVersion: 1,
  app: { key: 'my-service', name: 'My service', description: 'What it is, in a sentence.' },
  version: '1.0.0',
  baseUrl: 'https://api.example.com',
  auth: [
    {
      key: 'token',
      label: 'API key',
      type: 'API_KEY',
      test: { method: 'GET', endpointTemplate: '/me' },
      labelTemplate: '{{test.body.name}}',
    },
  ],
  actions: [
    {
      key: 'create-item',
      name: 'Create an item',
      description: 'Creates one item.',
      effect: 'create',
      idempotency: { mode: 'header', name: 'Idempotency-Key' },
      method: 'POST',
      endpointTemplate: '/items',
      inputSchema: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', 'x-label': 'Name', minLength: 1 } },
        additionalProperties: false,
      },
      bodyTemplate: { name: '{{input.name}}' },
      outputSchema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
      sample: { id: 'item-1' },
    },
  ],
};
