/** The door of the package for what runs everywhere. What reads the disk is imported by its own path: `load-apps`. */
export type * from './types.ts';
export type { Json, JsonObject } from './json.ts';
export type { Problem } from './problem.ts';
export { validateConnector, isConnector } from './validate-connector.ts';
export { validateValue } from './validate-value.ts';
export { listWarnings } from './list-warnings.ts';
export { parseDocument } from './parse-document.ts';
export { compareConnectors, compareVersions, checkBump, raise } from './compare-versions.ts';
export { findAction, findTrigger, parseUse, formatUse } from './find-action.ts';
export { hashDocument, canonicalize } from './hash-document.ts';
export { capabilities, listCapabilities, type Capability } from './list-capabilities.ts';
export { mayRepeat } from './may-repeat.ts';
export {
  connectionSchemaOf,
  credentialsSchemaOf,
  inputSchemaOf,
  isWireMode,
  outputSchemaOf,
} from './schemas/compose-schema.ts';
export { placementsOf } from './schemas/fixed-credentials.ts';
