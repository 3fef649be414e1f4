// Takes a multipart body apart, as RFC 2046 and 7578 describe it.
export type Part = { name: string; fileName: string | undefined; type: string | undefined; text: string };

export function readMultipart(body: Buffer, boundary: string): Part[] {
  const text = body.toString('latin1');
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((piece) => {
      const at = piece.indexOf('\r\n\r\n');
      const head = piece.slice(0, at);
      const content = piece.slice(at + 4, -2);
      const header = (pattern: RegExp) => {
        const found = pattern.exec(head)?.[1];
        return found === undefined ? undefined : Buffer.from(found, 'latin1').toString();
      };
      return {
        name: header(/[; ]name="([^"]*)"/i) ?? '',
        fileName: header(/filename="([^"]*)"/i),
        type: header(/content-type: *([^\r\n]+)/i),
        text: Buffer.from(content, 'latin1').toString(),
      };
    });
}
