// The service's own document, read by code that shares nothing with the importer: what each operation expects on the wire.
import type { Foreign } from './libraries.ts';
type Tree = { [name: string]: Foreign };
export type VendorParameter = {
  name: string;
  in: string;
  required: boolean;
  style: string;
  explode: boolean;
  /** Where its schema stands, as a pointer into the document; null when it has none. */
  pointer: string | null;
  schema: Tree;
  isJson: boolean;
};
export type VendorBody = {
  required: boolean;
  contents: { contentType: string; pointer: string | null; schema: Tree; encoding: Tree }[];
};
export type VendorOperation = {
  label: string;
  method: string;
  path: string;
  parameters: VendorParameter[];
  body: VendorBody | null;
};

export class VendorDocument {
  readonly document: Tree;
  readonly isOld: boolean;

  constructor(document: Tree) {
    this.document = document;
    this.isOld = document['swagger'] !== undefined;
  }

  /** The value of a reference, and its pointer; the value itself where it is none. */
  resolve(value: Foreign, pointer: string): { value: Foreign; pointer: string } {
    let at = { value, pointer };
    for (let steps = 0; steps < 50 && typeof at.value?.$ref === 'string'; steps += 1) {
      const reference = at.value.$ref as string;
      if (!reference.startsWith('#')) return { value: {}, pointer: at.pointer };
      let target: Foreign = this.document;
      for (const key of reference.split('/').slice(1))
        target = target?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')];
      at = { value: target ?? {}, pointer: reference.slice(1) };
    }
    return at;
  }

  operations(): VendorOperation[] {
    const found: VendorOperation[] = [];
    for (const [path, given] of Object.entries((this.document['paths'] ?? {}) as Tree)) {
      const item = this.resolve(given, `/paths/${escape(path)}`);
      if (typeof item.value !== 'object' || item.value === null) continue;
      for (const [method, operation] of Object.entries(item.value as Tree)) {
        const isOperation = typeof operation === 'object' && operation !== null;
        if (!/^(get|put|post|delete|options|head|patch|trace)$/.test(method) || !isOperation) continue;
        const at = `${item.pointer}/${method}`;
        const all = new Map<string, VendorParameter>();
        const rest: { value: Tree; pointer: string }[] = [];
        for (const [list, base] of [
          [item.value.parameters, `${item.pointer}/parameters`],
          [operation.parameters, `${at}/parameters`],
        ] as const)
          (Array.isArray(list) ? list : []).forEach((entry: Foreign, index: number) => {
            const parameter = this.resolve(entry, `${base}/${index}`);
            if (['body', 'formData'].includes(parameter.value.in)) rest.push(parameter);
            else if (parameter.value.name !== undefined)
              all.set(
                `${parameter.value.in} ${parameter.value.name}`,
                this.parameter(parameter.value, parameter.pointer),
              );
          });
        found.push({
          label: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          path,
          parameters: [...all.values()],
          body: this.isOld ? this.oldBody(rest, operation) : this.body(operation, at),
        });
      }
    }
    return found;
  }

  /** Parameters that a security scheme sets as well: the connection sends them. */
  isCredential({ name, in: place }: VendorParameter): boolean {
    const schemes = (this.document['components']?.securitySchemes ??
      this.document['securityDefinitions'] ??
      {}) as Tree;
    return Object.values(schemes).some(
      (scheme: Foreign) =>
        scheme?.type === 'apiKey' && scheme.in === place && scheme.name.toLowerCase() === name.toLowerCase(),
    );
  }

  private parameter(value: Tree, pointer: string): VendorParameter {
    const base = {
      name: String(value['name']),
      in: String(value['in']),
      required: value['required'] === true,
    };
    if (this.isOld) {
      const styles: Tree = { ssv: 'spaceDelimited', tsv: 'tab', pipes: 'pipeDelimited' };
      const inQuery = base.in === 'query';
      const style = inQuery ? (styles[value['collectionFormat']] ?? 'form') : 'simple';
      return {
        ...base,
        style,
        explode: value['collectionFormat'] === 'multi',
        pointer,
        schema: value,
        isJson: false,
      };
    }
    const presets: Tree = { query: 'form', cookie: 'form', path: 'simple', header: 'simple' };
    const style = value['style'] ?? presets[base.in];
    const [content] = Object.entries((value['content'] ?? {}) as Tree);
    const schemaAt = content ? `${pointer}/content/${escape(content[0])}/schema` : `${pointer}/schema`;
    const schema = content ? content[1].schema : value['schema'];
    return {
      ...base,
      style,
      explode: value['explode'] ?? style === 'form',
      pointer: schema === undefined ? null : schemaAt,
      schema: schema ?? {},
      isJson: content !== undefined && /json/.test(content[0]),
    };
  }

  private body(operation: Tree, at: string): VendorBody | null {
    if (operation['requestBody'] === undefined) return null;
    const body = this.resolve(operation['requestBody'], `${at}/requestBody`);
    const contents = Object.entries((body.value['content'] ?? {}) as Tree).map(([contentType, media]) => ({
      contentType: contentType.trim(),
      pointer: media?.schema === undefined ? null : `${body.pointer}/content/${escape(contentType)}/schema`,
      schema: media?.schema ?? {},
      encoding: media?.encoding ?? {},
    }));
    return { required: body.value['required'] === true, contents };
  }

  /** 2.0: a schema is made of the fields, so it has no pointer. */
  private oldBody(rest: { value: Tree; pointer: string }[], operation: Tree): VendorBody | null {
    const consumes: string[] = operation['consumes'] ?? this.document['consumes'] ?? ['application/json'];
    const body = rest.find(({ value }) => value['in'] === 'body');
    const fields = rest.filter(({ value }) => value['in'] === 'formData').map(({ value }) => value);
    if (fields.length > 0) {
      const encoding = Object.fromEntries(
        fields.map((field) => [
          field['name'],
          field['type'] === 'array' ? { style: 'form', explode: field['collectionFormat'] === 'multi' } : {},
        ]),
      );
      const schema = {
        type: 'object',
        properties: Object.fromEntries(
          fields.map((field) => [field['name'], { ...field, required: undefined, in: undefined }]),
        ),
        required: fields.filter(({ required }) => required === true).map(({ name }) => name),
      };
      const types = ['application/x-www-form-urlencoded', 'multipart/form-data'];
      return {
        required: false,
        contents: types.map((contentType) => ({ contentType, pointer: null, schema, encoding })),
      };
    }
    if (!body) return null;
    const contents = (consumes.length > 0 ? consumes : ['application/json']).map((contentType) => ({
      contentType,
      pointer: `${body.pointer}/schema`,
      schema: body.value['schema'] ?? {},
      encoding: {},
    }));
    return { required: body.value['required'] === true, contents };
  }
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
