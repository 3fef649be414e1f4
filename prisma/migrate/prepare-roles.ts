// The roles of Weftline. They belong to the cluster, not to a database, so they are made before migrations run.
import pg from 'pg';

export const roles = ['weftline_owner', 'weftline_runtime', 'weftline_engine'] as const;

/** Runs `work` with one short-lived client. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The URL under which migrations work: the migration login, acting as weftline_owner. */
export function ownerUrl(migrationUrl: string): string {
  const url = new URL(migrationUrl);
  url.searchParams.set('options', '-c role=weftline_owner');
  return url.href;
}

/** The user and password that the application signs in with. Throws when the URL has none. */
function loginOf(databaseUrl: string): { user: string; password: string } {
  const url = new URL(databaseUrl);
  if (!url.username)
    throw new Error(
      'DATABASE_URL has no user name. Give the application a login of its own, as in postgresql://weftline_app:password@host/weftline.',
    );
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

/**
 * Makes what is missing of the roles, the application's login and the owner's rights in this database.
 * Inputs: the migration URL (a superuser, or a login with CREATEROLE that owns the database) and the application's URL.
 * May run any number of times and beside itself: it holds an advisory lock.
 */
export async function prepareRoles(migrationUrl: string, databaseUrl: string): Promise<void> {
  const login = loginOf(databaseUrl);
  const me = new URL(migrationUrl).username;
  if (decodeURIComponent(me) === login.user)
    throw new Error(
      "DATABASE_URL and MIGRATION_DATABASE_URL name the same user. The application's login must own nothing: give it a user of its own.",
    );
  await withClient(migrationUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock(7731000)');
    const name = pg.escapeIdentifier(login.user);
    for (const role of roles)
      await client.query(
        `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOBYPASSRLS; END IF; END $$`,
      );
    const exists = (await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login.user])).rowCount;
    if (!exists)
      await client.query(
        `CREATE ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD ${pg.escapeLiteral(login.password)}`,
      );
    await client.query(`GRANT weftline_runtime TO ${name}`);
    await client.query('GRANT weftline_engine TO weftline_owner');
    await client.query('GRANT weftline_owner TO CURRENT_USER');
    const database = pg.escapeIdentifier(
      (await client.query('SELECT current_database() AS name')).rows[0].name,
    );
    await client.query(`GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO weftline_owner`);
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO weftline_runtime`);
    await client.query('GRANT USAGE, CREATE ON SCHEMA public TO weftline_owner');
    await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await client.query('SELECT pg_advisory_unlock(7731000)');
  });
}

/**
 * What is wrong with the application's login, as sentences; empty when all is well.
 * Row-level security is worth nothing to a superuser, an owner or a role that bypasses it.
 */
export async function checkLogin(databaseUrl: string): Promise<string[]> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(`SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
      pg_has_role(current_user, 'weftline_runtime', 'MEMBER') AS member,
      pg_has_role(current_user, 'weftline_owner', 'MEMBER') OR pg_has_role(current_user, 'weftline_engine', 'MEMBER') AS too_much,
      (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid) AS owned,
      (SELECT array_agg(c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r','p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) AS open
      FROM pg_roles r WHERE rolname = current_user`);
    const facts = rows[0];
    const faults: string[] = [];
    if (facts.rolsuper)
      faults.push(
        `The login ${facts.rolname} is a superuser. Row-level security does not hold for it: use a login that is a member of weftline_runtime and nothing else.`,
      );
    if (facts.rolbypassrls)
      faults.push(
        `The login ${facts.rolname} has BYPASSRLS. Take it away: ALTER ROLE ${facts.rolname} NOBYPASSRLS.`,
      );
    if (facts.rolcreaterole || facts.rolcreatedb)
      faults.push(`The login ${facts.rolname} may create roles or databases. Take that away.`);
    if (facts.too_much)
      faults.push(
        `The login ${facts.rolname} is a member of weftline_owner or weftline_engine. Revoke that.`,
      );
    if (facts.owned > 0)
      faults.push(
        `The login ${facts.rolname} owns ${facts.owned} tables or indexes. The application must own nothing.`,
      );
    if (!facts.member && !facts.rolsuper)
      faults.push(
        `The login ${facts.rolname} is no member of weftline_runtime: GRANT weftline_runtime TO ${facts.rolname}.`,
      );
    if (facts.open) faults.push(`Row-level security is not forced on: ${facts.open.join(', ')}.`);
    return faults;
  });
}
