/** The door of signing in at services. */
export { finishOauth, type FinishOauth } from './oauth2/finish-oauth.ts';
export { needsRefresh, refreshOauth } from './oauth2/refresh-oauth.ts';
export { startOauth, type StartOauth } from './oauth2/start-oauth.ts';
