// Names and types of files as they may stand in headers and on a disk, whoever said them.
const longestName = 200;

/** The last part of a path without what a file system or a header would misread; "file" when nothing is left. */
export const nameFile = (given: string | undefined): string => {
  const last = (given ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"<>:|?*]/gu, '').trim();
  const short = [...clean].slice(0, longestName).join('');
  return /^\.*$/.test(short) ? 'file' : short;
};

/** A media type without parameters other than a charset; `application/octet-stream` for anything else. */
export const typeFile = (given: string | undefined): string => {
  const type = (given ?? '').trim().toLowerCase();
  return type.length <= 150 && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(; ?charset=[\w.-]+)?$/.test(type)
    ? type
    : 'application/octet-stream';
};

const percent = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `Content-Disposition` that saves under a name, as RFC 6266 wants it. */
export const dispositionOf = (name: string): string =>
  `attachment; filename="${name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${percent(name)}`;

/** The name that an answer gives its file: in its disposition, else the end of its address. */
export const nameFromAnswer = (headers: Record<string, string>, url: string): string => {
  const disposition = (headers['content-disposition'] ?? '').slice(0, 2_000);
  const extended = /filename\*\s*=\s*(?:UTF-8)''([^;\s]+)/i.exec(disposition)?.[1];
  const plain = /filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(disposition);
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return nameFile(extended === undefined ? (plain?.[1] ?? plain?.[2] ?? decode(last)) : decode(extended));
};
