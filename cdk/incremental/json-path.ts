import { isJsonObject } from '../src/json-text';

/**
 * The value at a path of keys in parsed JSON, such as `meta.next_cursor`; undefined where there is none. The empty path
 * is the value itself.
 */
export function valueAt(json: unknown, path: string): unknown {
  if (path === '') return json;
  return path.split('.').reduce<unknown>((value, key) => {
    return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, json);
}
