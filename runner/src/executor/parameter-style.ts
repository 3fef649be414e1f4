// How one declared parameter is written: what the `x-` keywords of its schema say.
import type { ArrayStyle, ObjectStyle } from '@weftline/connectors/expression/encode-query';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';

export type ParameterStyle = {
  arrayStyle?: ArrayStyle;
  objectStyle?: ObjectStyle;
  pathStyle?: 'simple' | 'label' | 'matrix';
  isExploded?: boolean;
  allowReserved?: boolean;
  /** The value is written in this type, as `application/json`, and then stands as one text. */
  contentType?: string;
  /** Of a part: it is sent as a file of this name, unless its content brings one. */
  fileName?: string;
};

/** @param schema of the object whose member `name` is written; what it says of other members is not read */
export const parameterStyleOf = (schema: JsonSchema | undefined, name: string): ParameterStyle => {
  const properties = schema?.['properties'];
  const property = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!isJsonObject(property)) return {};
  const text = <Text extends string>(keyword: string): Text | undefined =>
    typeof property[keyword] === 'string' ? (property[keyword] as Text) : undefined;
  const arrayStyle = text<ArrayStyle>('x-arrayStyle');
  const objectStyle = text<ObjectStyle>('x-objectStyle');
  const pathStyle = text<NonNullable<ParameterStyle['pathStyle']>>('x-pathStyle');
  const contentType = text('x-contentType');
  const fileName = text('x-filename');
  return {
    ...(arrayStyle === undefined ? {} : { arrayStyle }),
    ...(objectStyle === undefined ? {} : { objectStyle }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(fileName === undefined ? {} : { fileName }),
    ...(property['x-explode'] === true ? { isExploded: true } : {}),
    ...(property['x-allowReserved'] === true ? { allowReserved: true } : {}),
  };
};

/** True for JSON and the types that are written as it is. */
export const isJsonType = (contentType: string): boolean => /^[^;]*[/+]json\b/i.test(contentType);

/** The text of a value in a content type: JSON where it is one, else a text as it is and other values as JSON. */
export const writeAs = (value: Json, contentType: string): string =>
  typeof value === 'string' && !isJsonType(contentType) ? value : JSON.stringify(value);
