/** Why a document, or one operation of it, cannot be taken over. The message is for the person who imports. */
export class ImportError extends Error {
  readonly code: 'not_parseable' | 'not_openapi' | 'too_large' | 'not_possible';

  constructor(code: ImportError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
