// Under which names a session stands beside the credentials that got it.

export const sessionPrefix = 'session.';
/** Written as a Cookie header. */
export const sessionCookies = 'session.cookies;';

/** True for what a login gave, false for what a person typed in. */
export const isSessionName = (name: string): boolean => name.startsWith(sessionPrefix);

/** What another way to sign in got for requests that name it stands under `auth.<its key>.`; a key has no dot. */
export const nameForOther = (authKey: string, name: string): string => `auth.${authKey}.${name}`;

/** True for what a way to sign in got that the connection was not made with. */
export const isOtherName = (name: string): boolean => name.startsWith('auth.');

/** What the way with that key got, by the names it knows. */
export const readOther = (
  credentials: { [name: string]: string },
  authKey: string,
): { [name: string]: string } => {
  const prefix = nameForOther(authKey, '');
  return Object.fromEntries(
    Object.entries(credentials).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
};

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
        !isOtherName(name) &&
        !['accessToken', 'refreshToken', 'expiresAt', 'issuedAt', 'scope'].includes(name),
    ),
  );
