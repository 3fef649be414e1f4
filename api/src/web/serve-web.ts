// The built web app: files of one folder, and its page for every other address that a browser opens.
import fs from 'node:fs';
import path from 'node:path';
import type { Hono } from 'hono';
import type { ApiEnv } from '../mount-route.ts';
import type { Services } from '../services.ts';
import { pagePolicy } from './page-policy.ts';

const contentTypes: { [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
/** Addresses that belong to machines: a wrong one gets a 404 and never a page. */
const notPages = /^\/(api|hooks|health|ready|metrics|docs|openapi\.json|_nuxt)(\/|$)/;

const builtFolder = path.join(import.meta.dirname, '../../../web/.output/public');

/** Files below the folder by their address. Read at start: nothing a request says is ever used as a path. */
function listFiles(folder: string): Map<string, string> {
  if (!fs.existsSync(folder)) return new Map();
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [`/${path.relative(folder, file).split(path.sep).join('/')}`, file] as const;
      }),
  );
}

/** Adds the web app to the API. Without a built one only the API answers. */
export function serveWeb(app: Hono<ApiEnv>, services: Services): void {
  const folder = services.webFolder ?? builtFolder;
  const files = listFiles(folder);
  const page = files.get('/200.html') ?? files.get('/index.html');
  const policies = new Map<string, string>();

  const send = async (file: string, request: Request): Promise<Response> => {
    const extension = path.extname(file);
    const bytes = await fs.promises.readFile(file);
    const { mtimeMs, size } = await fs.promises.stat(file);
    const etag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
    const hashed = file.includes(`${path.sep}_nuxt${path.sep}`);
    const headers: { [name: string]: string } = {
      'content-type': contentTypes[extension] ?? 'application/octet-stream',
      'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag,
    };
    if (extension === '.html') {
      if (!policies.has(file)) policies.set(file, pagePolicy(bytes.toString('utf8')));
      headers['content-security-policy'] = policies.get(file)!;
      // Only pages: the OAuth callback must keep its opener, which a policy of its own would cut.
      headers['cross-origin-opener-policy'] = 'same-origin-allow-popups';
    }
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
    return new Response(new Uint8Array(bytes), { headers });
  };

  app.get('*', async (c, next) => {
    const { pathname } = new URL(c.req.url);
    const file = files.get(pathname);
    if (file) return send(file, c.req.raw);
    // A missing script is a 404; an address that ends in a version (`/apps/acme/1.0.0`) is a page.
    const isFile = path.extname(pathname) in contentTypes;
    if (!page || notPages.test(pathname) || isFile) return next();
    return send(page, c.req.raw);
  });
}
