/** What an action gives back: the first success that the document describes. */
import type { Json, JsonObject } from '../json.ts';
import type { Action } from '../types.ts';
import type { Schemas } from './convert-schema.ts';
import type { Operation } from './list-operations.ts';
import { kindsOf } from './read-parameters.ts';
import { follow, listOf, membersOf, textOf, type Source } from './source.ts';
import { readXmlRoot, xmlOf } from './xml-words.ts';

export type OutputParts = Pick<Action, 'outputSchema' | 'responseFormat' | 'response'> & {
  /** An answer that the document shows. */
  example?: Json;
};

/** Only the status and the headers of an answer to HEAD say something. */
const headOutput: OutputParts = {
  outputSchema: {
    type: 'object',
    properties: { status: { type: 'integer' }, headers: { type: 'object' } },
    required: ['status', 'headers'],
  },
  response: { map: { status: '{{status}}', headers: '{{headers}}' } },
};

export function buildOutput(source: Source, schemas: Schemas, { method, operation }: Operation): OutputParts {
  if (method === 'HEAD') return headOutput;
  const answers = successes(source, operation);
  const [answer] = answers;
  if (!answer) return { outputSchema: {} };
  const empty = answers.some(({ content }) => content.length === 0);
  const media = answers.map(({ content }) => pickMedia(content)).find((one) => one !== undefined);
  if (!media) return { outputSchema: { type: 'null' } };
  if (media.kind === 'text') return { outputSchema: { type: ['string', 'null'] } };
  if (media.kind === 'other') return { outputSchema: {} };
  if (media.kind === 'xml') return xmlOutput(source, schemas, media.schema, empty);
  const schema = schemas.convert(media.schema, 'output');
  return {
    outputSchema: empty && Object.keys(schema).length > 0 ? { anyOf: [schema, { type: 'null' }] } : schema,
    ...(media.example === undefined ? {} : { example: media.example }),
  };
}

/** Where elements are described, the answer is read as they are; else it stays the text that it is. */
function xmlOutput(source: Source, schemas: Schemas, schema: Json | undefined, empty: boolean): OutputParts {
  const { array, object } = kindsOf(source, schema);
  if (schema === undefined || array === object) return { outputSchema: {} };
  const root = readXmlRoot(source, schema);
  const words = root?.kind === 'named' ? root.words : xmlOf(source, schema);
  const converted = { ...schemas.convert(schema, 'xml-answer'), 'x-xml': words };
  return {
    outputSchema: empty ? { anyOf: [converted, { type: 'null' }] } : converted,
    // What is no XML, such as a file that is fetched, is read as what it says it is.
    responseFormat: 'auto',
  };
}

type Media = { kind: 'json' | 'xml' | 'text' | 'other'; schema: Json | undefined; example: Json | undefined };
type Answered = { content: [string, Json][] };

/** 200 before 201 before 2XX; `default` only where nothing else is described. */
function successes(source: Source, operation: JsonObject): Answered[] {
  const all = membersOf(operation['responses']).filter(([status]) => !status.startsWith('x-'));
  const good = all
    .filter(([status]) => /^2(\d\d|XX)$/i.test(status))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const chosen =
    good.length > 0 ? good : all.length === 1 ? all.filter(([status]) => status === 'default') : [];
  return chosen.flatMap(([, value]) => {
    const response = follow(source, value);
    if (!response) return [];
    return [
      {
        content: source.version === 2 ? oldContent(source, operation, response) : contentOf(source, response),
      },
    ];
  });
}

function contentOf(source: Source, response: JsonObject): [string, Json][] {
  return membersOf(response['content']).flatMap(([type, value]): [string, Json][] => {
    const media = follow(source, value);
    return media ? [[type, media]] : [];
  });
}

function oldContent(source: Source, operation: JsonObject, response: JsonObject): [string, Json][] {
  const { schema, examples } = response;
  if (schema === undefined) return [];
  const own = listOf(operation['produces']);
  const types = (own.length > 0 ? own : listOf(source.document['produces'])).flatMap(
    (type) => textOf(type) ?? [],
  );
  const isFile = typeof schema === 'object' && schema !== null && (schema as JsonObject)['type'] === 'file';
  const type = isFile
    ? 'application/octet-stream'
    : (types.find((one) => /[/+]json\b/i.test(one)) ?? types[0] ?? 'application/json');
  const example = membersOf(examples).find(([name]) => name === type)?.[1];
  return [[type, { schema, ...(example === undefined ? {} : { example }) }]];
}

function pickMedia(content: [string, Json][]): Media | undefined {
  const read = (kind: Media['kind'], [, value]: [string, Json]): Media => {
    const media = value as JsonObject;
    const [first] = membersOf(media['examples']);
    const shown = first?.[1];
    const named = typeof shown === 'object' && shown !== null ? (shown as JsonObject)['value'] : undefined;
    return { kind, schema: media['schema'], example: media['example'] ?? named };
  };
  const json = content.find(([type]) => /^[^;]*([/+]json\b|\*\/\*)/i.test(type));
  if (json) return read('json', json);
  const xml = content.find(([type]) => /^[^;]*[/+]xml\b/i.test(type));
  if (xml) return read('xml', xml);
  const text = content.find(([type]) => /^text\/(plain|html|markdown)/i.test(type));
  if (text) return read('text', text);
  return content[0] && read('other', content[0]);
}
