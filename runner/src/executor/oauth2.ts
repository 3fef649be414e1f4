/** The door of signing in at services. */
export { pollDevice, startDevice, type DeviceCode } from './oauth2/device-code.ts';
export { finishOauth1, startOauth1 } from './sign/sign-in-oauth1.ts';
export { finishOauth, type FinishOauth } from './oauth2/finish-oauth.ts';
export { canRefresh, needsRefresh, refreshOauth, saysOver } from './oauth2/refresh-oauth.ts';
export { revokeOauth } from './oauth2/revoke-oauth.ts';
export { startOauth, type StartOauth } from './oauth2/start-oauth.ts';
