// Under which names a session stands beside the credentials that got it.

export const sessionPrefix = 'session.';
/** Written as a Cookie header. */
export const sessionCookies = 'session.cookies;';

/** True for what a login gave, false for what a person typed in. */
export const isSessionName = (name: string): boolean => name.startsWith(sessionPrefix);

/** What `auth.<name>` reads. */
export const readSession = (credentials: { [name: string]: string }): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(credentials)
      .filter(([name]) => isSessionName(name) && name !== sessionCookies)
      .map(([name, value]) => [name.slice(sessionPrefix.length), value]),
  );

/** Credentials without what they once gave, so that changed ones are not outlived by an old session or token. */
export const forgetGiven = (credentials: { [name: string]: string }): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(credentials).filter(
      ([name]) =>
        !isSessionName(name) &&
        !['accessToken', 'refreshToken', 'expiresAt', 'issuedAt', 'scope'].includes(name),
    ),
  );
