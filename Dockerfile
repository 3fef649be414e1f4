# One image for all roles: `WEFTLINE_ROLE` says what a container does (all, api, runner).
# Stages: packages (cached until the lockfile changes) -> build -> runtime.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
ENV CI=true
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY api/package.json api/
COPY connectors/package.json connectors/
COPY prisma/package.json prisma/
COPY runner/package.json runner/
COPY web/package.json web/
RUN pnpm install --frozen-lockfile

FROM packages AS build
COPY . .
# The database client and the web, as static files.
RUN node scripts/prepare.ts all
# The runtime serves files: it needs neither the web's packages nor tools for development, nor a second Node.
RUN rm -rf node_modules */node_modules \
 && pnpm install --frozen-lockfile --prod --filter '!@weftline/web' \
 && rm -rf node_modules/node-linux-* node_modules/.pnpm/node-linux-*

FROM node:24.21.0-bookworm-slim AS runtime
WORKDIR /app
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
RUN mkdir /data && chown node:node /data
COPY --from=build --chown=root:root /app /app
USER node
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No shell between the container's init and the server: SIGTERM reaches it, and it drains.
CMD ["node", "api/src/main.ts"]
