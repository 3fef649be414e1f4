// What a person should look at when a connection does not work. Plain words, one sentence.
import { signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import type { Auth } from '@weftline/connectors/types';
import type { CallError } from './types.ts';

const credentialHints: Readonly<Record<Auth['type'], string>> = {
  NONE: 'The service wants credentials: choose another way to sign in.',
  API_KEY: 'Check that the key was copied whole and has not been withdrawn or replaced.',
  BASIC: 'Check the user name and the password: one of them is wrong, or the account is locked.',
  CUSTOM_HEADER: 'Check the name of the header and its value: the service does not recognise them.',
  OAUTH2: 'The sign-in is over or was withdrawn: connect the account again.',
  JWT: 'Check that the key belongs to this account and was copied whole; the clock of this machine must be right, too.',
  SESSION: 'Check what the login asks for: the service gives no session for it.',
  HMAC: 'Check that the secret was copied whole; the clock of this machine must be right, too.',
  AWS_SIGV4:
    'Check the access key ID, the secret access key and the region; the clock of this machine must be right, too.',
  OAUTH1: 'Check the consumer key and secret, and the token and its secret.',
};

const reasonHints: Readonly<Record<string, string>> = {
  dns: 'The host name does not exist: check its spelling in the settings of the connection.',
  refused: 'Nothing listens at that address: check host and port, and whether the service is running.',
  connect_timeout: 'The host does not take connections: check host and port; a firewall may be in the way.',
  timeout: 'The service took too long to answer: check the address, or try again later.',
  idle: 'The service stopped in the middle of its answer: try again later.',
  closed: 'The service closed the connection: check whether the address is right, and http or https.',
  tls: 'The certificate of the service cannot be trusted, or it speaks no https at this port: check the address.',
  plain_http: 'Credentials are sent over https only: change the address to https://.',
  address:
    'This address is private or not a host of the app: use a public address, or ask the operator to allow it.',
  agreement: 'Look at the host: if the app is right to send credentials there, agree to it and test again.',
  port: 'This port is not used by web services: check the address.',
  url: 'The address cannot be read: write it as https://host/path.',
  redirect: 'The service sends us to another host: use the address it sends us to.',
  size: 'The answer is far too large: check whether the address is that of the API.',
  protocol: 'The answer is not what this app expects: check whether the address is that of the API.',
  choice: 'Write the value of one of them into the settings of the connection, and test again.',
  encoding: 'The answer is damaged: a proxy on the way may be the cause.',
};

const statusHints: Readonly<Record<number, string>> = {
  403: 'The credentials are right but lack a permission: give the account the rights this app needs.',
  404: 'The service answers, but not at this address: check the address and path in the settings of the connection.',
  407: 'A proxy on the way wants credentials.',
  429: 'The service asks to wait: test again in a few minutes.',
};

const grantHints: Readonly<Record<string, string>> = {
  client_credentials:
    'Check the client ID and the client secret, and that the client may ask for these scopes.',
  password: 'Check the user name and the password, and the client ID and secret.',
  jwt_bearer: 'Check that the private key belongs to this account, was copied whole, and is not withdrawn.',
};
const otherGrantHint = 'Check the credentials: the service gives no token for them.';

const hintForCredentials = (auth: Auth | undefined): string => {
  const grant = auth?.oauth2?.grant;
  if (grant === undefined || (auth && signInOf(auth) !== 'none'))
    return credentialHints[auth?.type ?? 'NONE'];
  return grantHints[grant] ?? otherGrantHint;
};

/** The hint for a failed test. */
export const hintFor = (error: CallError, auth: Auth | undefined): string => {
  const { status, reason, type } = error;
  if (type === 'AUTH') return hintForCredentials(auth);
  const byStatus = status === undefined ? undefined : statusHints[status];
  if (byStatus !== undefined) return byStatus;
  if (status !== undefined && status >= 500) return 'The service has a fault of its own: try again later.';
  const byReason = reason === undefined ? undefined : reasonHints[reason];
  if (byReason !== undefined) return byReason;
  if (type === 'PERMISSION') return statusHints[403] ?? '';
  if (type === 'VALIDATION') return 'Check the settings of the connection: one of them does not fit.';
  return 'Read what the service says above, and check the settings of the connection.';
};
