/** What a document is that is no OpenAPI document, and what to do about it. */
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';

type Kind = { is(document: JsonObject): boolean; says: string };

const kinds: Kind[] = [
  {
    is: (document) => document['asyncapi'] !== undefined,
    says: 'This is an AsyncAPI document: it describes messages, not requests. Import the OpenAPI document of the service, or write the triggers by hand.',
  },
  {
    is: ({ info, item }) =>
      isJsonObject(info) &&
      (info['_postman_id'] !== undefined ||
        String(info['schema']).includes('postman') ||
        Array.isArray(item)),
    says: 'This is a Postman collection. Export it as OpenAPI 3 (Postman and several converters can), or import single requests as cURL lines.',
  },
  {
    is: (document) => document['swaggerVersion'] !== undefined,
    says: 'Swagger 1.x cannot be imported; versions 2.0, 3.0 and 3.1 can. Many tools convert a document from one to the other.',
  },
  {
    is: (document) =>
      document['discoveryVersion'] !== undefined || document['kind'] === 'discovery#restDescription',
    says: 'This is a discovery document. Convert it to OpenAPI first.',
  },
  {
    is: (document) => document['_type'] === 'export' && Array.isArray(document['resources']),
    says: 'This is an export of Insomnia. Export it as OpenAPI, or import single requests as cURL lines.',
  },
  {
    is: ({ log }) => isJsonObject(log) && Array.isArray(log['entries']),
    says: 'This is a recording of requests (HAR). Import single requests as cURL lines.',
  },
  {
    is: ({ data, __schema }) =>
      isJsonObject(__schema) || (isJsonObject(data) && isJsonObject(data['__schema'])),
    says: 'This is a GraphQL schema. Write actions with the body format "graphql" instead.',
  },
  {
    is: (document) => document['manifestVersion'] !== undefined,
    says: 'This is a connector already, and no OpenAPI document. It can be published as it is.',
  },
  {
    is: (document) => document['overlay'] !== undefined || document['arazzo'] !== undefined,
    says: 'This document goes with an OpenAPI document and is none itself. Import the one that it names.',
  },
  {
    is: (document) => document['$schema'] !== undefined || document['$defs'] !== undefined,
    says: 'This is a JSON Schema: it describes values, not requests.',
  },
];

/** NUL, what replaces bytes that are no UTF-8, and the first byte of what gzip packed. */
const notText = [0, 0xfffd, 0x1f];

const plain = 'This is no OpenAPI document: it has neither "openapi" nor "swagger" at its root.';

/** A sentence for a person who chose a wrong document. */
export function nameForeign(document: JsonObject): string {
  return kinds.find(({ is }) => is(document))?.says ?? plain;
}

/** The same for a text that is neither JSON nor YAML of an object; undefined where it may be. */
export function nameForeignText(text: string): string | undefined {
  const start = text.trimStart().slice(0, 500);
  const head = new Set(Array.from(start.slice(0, 8), (char) => char.charCodeAt(0)));
  if (start === '') return 'The document is empty.';
  if (/^<(!doctype html|html|head|body|!--)/i.test(start))
    return 'This is a web page, not an OpenAPI document. Look there for a link to "openapi.json", "swagger.json" or a YAML file, and import that.';
  if (/^<(\?xml|[a-z][\w.-]*:|[a-z][\w.-]*[\s>])/i.test(start))
    return 'This is XML (such as WSDL, WADL or an error page), not an OpenAPI document in JSON or YAML.';
  if (start.startsWith('#%RAML')) return 'This is RAML. Convert it to OpenAPI first.';
  if (start.startsWith('PK') || start.startsWith('%PDF') || notText.some((code) => head.has(code)))
    return 'This is no text: unpack it first, and choose the JSON or YAML file inside.';
  return undefined;
}
