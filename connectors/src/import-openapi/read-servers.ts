/** Where requests go: the servers of a document as `baseUrl`, `servers` and settings of the connection. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { isForbiddenHost } from '../rules/hosts.ts';
import { ImportError } from './import-error.ts';
import { kebab } from './name-actions.ts';
import { follow, listOf, textOf, type Source } from './source.ts';
import { writeServer, type Server } from './write-server.ts';

export type Servers = {
  baseUrl: string;
  servers: { [name: string]: string };
  /** Members of `connectionSchema`. */
  settings: { [name: string]: JsonObject };
  required: string[];
  /** The name in `servers` of the server of one operation; undefined: `baseUrl`. */
  nameFor(pathItem: JsonObject, operation: JsonObject): string | undefined;
};

const anyAddress = '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%-]*)?$';
const mostServers = 90;

export function readServers(source: Source): Servers {
  const settings: Servers['settings'] = {};
  const required: string[] = [];
  const servers: Servers['servers'] = {};
  const keep = (server: Server) => {
    for (const [name, schema] of Object.entries(server.settings)) settings[name] ??= schema;
    for (const name of server.required) if (!required.includes(name)) required.push(name);
    return server.template;
  };
  const described = source.version === 2 ? oldServers(source) : listOf(source.document['servers']);
  const [first, ...others] = readAll(source, described);
  const baseUrl = first ? keep(withChoice(first, others)) : keep(freeServer(described));

  return {
    baseUrl,
    servers,
    settings,
    required,
    nameFor(pathItem, operation) {
      const own = [operation['servers'], pathItem['servers']].find((list) => listOf(list).length > 0);
      if (source.version === 2 || own === undefined) return undefined;
      const [server] = readAll(source, listOf(own));
      if (!server) return undefined;
      if (server.template === first?.template || server.template === baseUrl) return undefined;
      const known = Object.entries(servers).find(([, template]) => template === server.template);
      if (known) return known[0];
      if (Object.keys(servers).length >= mostServers)
        throw new ImportError('not_possible', `There are more than ${mostServers} different servers.`);
      const name = freeName(server.template, servers);
      servers[name] = keep(server);
      return name;
    },
  };
}

/** Servers that name a whole address, https first where the same address is there in both. */
function readAll(source: Source, described: Json[]): Server[] {
  const found = described.flatMap((value) => {
    const entry = follow(source, value);
    const url = textOf(entry?.['url']);
    if (!entry || url === undefined) return [];
    const absolute = makeAbsolute(source, url);
    const server = absolute === null ? null : writeServer(absolute, entry['variables']);
    if (server?.host !== undefined && isForbiddenHost(server.host))
      throw new ImportError(
        'not_possible',
        `No connector may call ${server.host}, which the document names as its server.`,
      );
    return server ? [server] : [];
  });
  const isDoubled = ({ template }: Server) =>
    template.startsWith('http:') &&
    found.some((other) => other.template === template.replace('http:', 'https:'));
  return found.filter((server) => !isDoubled(server));
}

/** Relative servers stand beside the document; without its address nobody knows where. */
function makeAbsolute(source: Source, url: string): string | null {
  const plain = url.trim().replace(/[?#].*$/s, '');
  if (/^https?:\/\//i.test(plain)) return plain;
  if (plain.startsWith('//')) return `https:${plain}`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(plain)) return null;
  if (plain.startsWith('{')) return plain;
  if (/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?(\/|$)/.test(plain) && !plain.startsWith('.'))
    return `https://${plain}`;
  if (source.url === null || !/^https?:/.test(source.url)) return null;
  return URL.parse(plain, source.url)?.href ?? null;
}

/** Of several fixed servers a connection may choose; the first one holds where it does not. */
function withChoice(first: Server, others: Server[]): Server {
  const isFixed = (server: Server) => Object.keys(server.settings).length === 0;
  const fixed = [first, ...others].filter(isFixed);
  const urls = [...new Set(fixed.map(({ template }) => template))].slice(0, 50);
  if (!isFixed(first) || urls.length < 2) return first;
  const quoted = `'${first.template}'`;
  return {
    template: `{{connection.server ?? ${quoted}}}`,
    settings: { server: { type: 'string', enum: urls, title: 'Server', default: first.template } },
    required: [],
  };
}

function freeServer(described: Json[]): Server {
  const entry = described.find(isJsonObject);
  const path = textOf(entry?.['url']) ?? '';
  const hint =
    path.startsWith('/') && path.length > 1 ? ` The document names ${path.slice(0, 100)} as its path.` : '';
  return {
    template: '{{connection.baseUrl}}',
    settings: {
      baseUrl: {
        type: 'string',
        title: 'Address of the API',
        description: `Where the service is, such as https://api.example.com/v1.${hint}`,
        pattern: anyAddress,
        maxLength: 500,
      },
    },
    required: ['baseUrl'],
  };
}

/** `schemes`, `host` and `basePath` of 2.0. */
function oldServers({ document, url }: Source): Json[] {
  const from = url === null ? null : URL.parse(url);
  const host = textOf(document['host']) ?? from?.host;
  const path = textOf(document['basePath']) ?? '';
  const schemes = listOf(document['schemes']).filter((scheme) => scheme === 'http' || scheme === 'https');
  const scheme = schemes.length === 0 || schemes.includes('https') ? 'https' : 'http';
  const plain = host?.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '');
  if (plain === undefined) return [{ url: path }];
  const preset = schemes.length === 0 && from && from.host === host ? from.protocol.slice(0, -1) : scheme;
  return [{ url: `${preset}://${plain}${path.startsWith('/') || path === '' ? '' : '/'}${path}` }];
}

function freeName(template: string, servers: Servers['servers']): string {
  const host = /^https?:\/\/([^/]*)/.exec(template)?.[1] ?? 'server';
  const plain = kebab(host.replaceAll(/\{\{[^}]*\}\}/g, ' '));
  const base = (/^[a-z]/.test(plain) ? plain : `server-${plain}`).slice(0, 56).replace(/-+$/, '');
  let name = base;
  for (let at = 2; Object.hasOwn(servers, name); at += 1) name = `${base}-${at}`;
  return name;
}
