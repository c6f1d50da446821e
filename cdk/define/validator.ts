import type { JsonObject } from '../src/protocol';

/** What does not fit a schema, as ajv describes it. */
export interface SchemaError {
  /** JSON pointer to the value; where a property is missing, to the object that lacks it. */
  readonly instancePath: string;
  /** JSON pointer to the keyword in the schema, as the fragment of a URI. */
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Whether JSON fits a schema, and so is a `T`: a function that ajv has made, at run time or when a source was built. */
export interface Validator<T> {
  (json: unknown): json is T;
  /** Of the latest call. The last one is about the outermost of the values that do not fit. */
  errors?: readonly SchemaError[] | null;
}

/** The formats that Airbyte defines; others are annotations. */
const FORMATS = {
  'date-time': isDateTime,
  date: isDate,
  uri: (text: string): boolean => URL.canParse(text),
};

/**
 * Compiles a JSON Schema (draft 7) by ajv, which is loaded only now. Keywords that it does not know, as Airbyte's own, say
 * nothing of a value.
 * @param options with `allErrors` the first error is not the only one
 * @throws Error where a keyword has a value that it can't have
 */
export async function compileSchema<T>(
  schema: JsonObject,
  { allErrors = false }: { readonly allErrors?: boolean } = {},
): Promise<Validator<T>> {
  const { Ajv } = await import('ajv');
  // Its logger would speak to the console, and the schema of schemas takes longer to compile than one of settings.
  const unneeded = { logger: false, meta: false, validateSchema: false } as const;
  return new Ajv({ ...unneeded, allErrors, formats: FORMATS, strict: false, ownProperties: true }).compile<T>(schema);
}

/** The keys and indexes of a JSON pointer. */
export function stepsOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * The value at a path of keys and indexes in parsed JSON, as a list or such as `meta.next_cursor`; undefined where there is
 * none. The empty path is the value itself.
 */
export function valueAt(json: unknown, path: string | readonly string[]): unknown {
  const steps = typeof path === 'string' ? path.split('.').slice(path === '' ? 1 : 0) : path;
  return steps.reduce<unknown>((value, step) => {
    const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    const inside: unknown = isInside ? Reflect.get(value, step) : undefined;
    return inside;
  }, json);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[+-]([01]\d|2[0-3]):?([0-5]\d))$/i;

/** Whether a text is a day that exists, such as `2025-01-31` (RFC 3339, `full-date`). */
export function isDate(text: string): boolean {
  const ms = DATE.test(text) ? Date.parse(text) : NaN;
  // A day that a month does not have is taken for one of the next month.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/**
 * Whether a text is a time that exists, with a time zone, such as `2025-01-31T00:00:00Z` (RFC 3339, `date-time`, which
 * allows a blank in place of the T and a leap second).
 */
export function isDateTime(text: string): boolean {
  const [, date = '', hour = '', minute = '', second = ''] = DATE_TIME.exec(text) ?? [];
  if (!isDate(date) || hour > '23' || minute > '59') return false;
  return second <= '59' || (second === '60' && minute === '59');
}
