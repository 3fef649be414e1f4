// Reads the header `Link` (RFC 8288) in one pass, whatever a service puts into it.

type Link = { address: string; parameters: Map<string, string> };

/** The parts of a text between separators that stand outside of `<…>` and `"…"`. */
const split = (text: string, separator: string): string[] => {
  const parts: string[] = [];
  let from = 0;
  let closing = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (closing !== '') {
      if (char === '\\' && closing === '"') index += 1;
      else if (char === closing) closing = '';
    } else if (char === '<') closing = '>';
    else if (char === '"') closing = '"';
    else if (char === separator) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
};

const readLink = (text: string): Link | undefined => {
  const [target = '', ...rest] = split(text, ';').map((part) => part.trim());
  if (!target.startsWith('<') || !target.endsWith('>')) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf('=');
    const name = (at === -1 ? part : part.slice(0, at)).trim().toLowerCase();
    const value = at === -1 ? '' : part.slice(at + 1).trim();
    if (!parameters.has(name))
      parameters.set(name, value.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/gs, '$1'));
  }
  return { address: target.slice(1, -1), parameters };
};

/**
 * The address of a relation.
 * @param header one or several links, several lines joined by `, `
 * @param rel such as `next`; compared without regard to case
 * @param param a parameter that must have this value
 */
export const findLink = (
  header: string,
  rel: string,
  param?: { name: string; equals: string },
): string | undefined => {
  for (const text of split(header, ',')) {
    const link = readLink(text);
    const relations = (link?.parameters.get('rel') ?? '').toLowerCase().split(/\s+/);
    if (link === undefined || !relations.includes(rel.toLowerCase())) continue;
    const isWanted = param === undefined || link.parameters.get(param.name.toLowerCase()) === param.equals;
    return isWanted && link.address !== '' ? link.address : undefined;
  }
  return undefined;
};
