export { readVariables as findVariables } from '@weftline/runner/triggers/follow-variables';
