/** A path of a document as an endpoint: placeholders, what stands behind `?`, and what a path cannot hold. */
import { ImportError } from './import-error.ts';

export type Endpoint = {
  endpointTemplate: string;
  /** Names of the placeholders; `key` is the one in our path, `name` the one the document may declare it by. */
  placeholders: { key: string; names: string[] }[];
  /** Parameters that always stand in the query, and those that the path names as a placeholder there. */
  fixed: { [name: string]: string };
  queried: string[];
};

/**
 * `{Key+}` and `{path*}` keep slashes; `#…` only tells operations of one path apart and is not sent.
 * @throws ImportError `not_possible`
 */
export function readPath(path: string, declared: readonly string[]): Endpoint {
  const [withoutFragment = ''] = path.split('#');
  const at = withoutFragment.replaceAll(/\{[^{}]*\}/g, (hole) => '_'.repeat(hole.length)).indexOf('?');
  const plain = (at === -1 ? withoutFragment : withoutFragment.slice(0, at))
    .replaceAll('{{', '{')
    .replaceAll('}}', '}');
  const query = at === -1 ? '' : withoutFragment.slice(at + 1);
  const placeholders: Endpoint['placeholders'] = [];
  // Some frameworks write :id.
  const written = plain.replaceAll(/(?<=\/):([A-Za-z_]\w*)(?=\/|$)/g, (hole, name: string) =>
    declared.includes(name) ? `{${name}}` : hole,
  );
  const template = written
    .split(/(\{[^{}]*\})/)
    .map((piece) => {
      const inside = /^\{([^{}]*)\}$/.exec(piece)?.[1];
      if (inside === undefined) return encodeLiteral(piece);
      if (inside.startsWith('?') || inside.startsWith('&')) return '';
      const { key: wanted, isLong, names } = readHole(inside, declared);
      // An address holds no blanks, in its placeholders neither.
      let key = wanted.replaceAll(/[\s\\]+/g, '-');
      while (placeholders.some((known) => known.key === key && known.names[0] !== inside)) key = `${key}-2`;
      if (key === '')
        throw new ImportError('not_possible', `The path ${path} has a placeholder without a name.`);
      if (!placeholders.some((known) => known.key === key)) placeholders.push({ key, names });
      return `{${isLong ? '+' : ''}${key}}`;
    })
    .join('');
  const endpointTemplate = `/${template.replace(/^\/+/, '')}`;
  if (/[{}]/.test(endpointTemplate.replaceAll(/\{\+?[^{}/]+\}/g, '')))
    throw new ImportError('not_possible', `A placeholder in the path ${path} is not closed.`);
  if (endpointTemplate.split('/').some((segment) => segment === '.' || segment === '..'))
    throw new ImportError('not_possible', `The path ${path} has "." or ".." as a segment.`);
  return { endpointTemplate, placeholders, ...readQuery(query) };
}

function readHole(
  inside: string,
  declared: readonly string[],
): { key: string; isLong: boolean; names: string[] } {
  if (declared.includes(inside) && !/^\+|\/|[+*]$/.test(inside))
    return { key: inside, isLong: false, names: [inside] };
  const isLong = /^(\+|\*|\.\.\.)|(\+|\*|\.\.\.)$|:(\.\*|\.\+|path)$/.test(inside);
  const bare = inside
    .replace(/^(\+|\*|\.\.\.)|(\+|\*|\.\.\.)$/g, '')
    .replace(/[:<].*$/, '')
    .replace(/\?$/, '')
    .trim();
  return { key: bare.replaceAll('/', '-'), isLong, names: [inside, bare] };
}

/** Characters that no address may hold are percent-encoded; what is encoded already stays. */
function encodeLiteral(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%{}]/g, (char) =>
    char === '\\' ? '%5C' : encodeURIComponent(char.toWellFormed()),
  );
}

function readQuery(query: string): Pick<Endpoint, 'fixed' | 'queried'> {
  const fixed: { [name: string]: string } = {};
  const queried: string[] = [];
  for (const pair of query.split('&').filter((entry) => entry !== '')) {
    const [name = '', ...rest] = pair.split('=');
    const value = rest.join('=');
    const inside = /^\{([^{}]+)\}$/.exec(value)?.[1];
    if (inside !== undefined || /[{}]/.test(pair)) queried.push(name.replaceAll(/[{}?]/g, ''));
    else fixed[decode(name)] = decode(value);
  }
  return { fixed, queried: queried.filter((name) => name !== '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
