/**
 * Levels of arrays and objects that a field of a record, or a file that is read, may have. Common JSON readers refuse to
 * go deeper than about 1000 (Jackson, which the platform uses; Python's json), and one such line would end the whole
 * sync.
 */
export const MAX_LEVELS = 800;

/** Whether arrays and objects are nested in `value` more than `levels` deep. A scalar has no level. */
export function deeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  // The recursion ends at `levels`, however deep the value.
  for (const child of childrenOf(value)) {
    if (typeof child === 'object' && deeperThan(levels - 1, child)) return true;
  }
  return false;
}

/** A copy in which what lies below `levels` levels of arrays and objects is replaced by its JSON text. */
export function cutAt(levels: number, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return jsonOfAnyDepth(value);
  if (Array.isArray(value)) return value.map((child: unknown) => cutAt(levels - 1, child));
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, cutAt(levels - 1, child)]));
}

function childrenOf(value: object): readonly unknown[] {
  return Array.isArray(value) ? value : Object.values(value);
}

type Piece = { readonly text: string } | { readonly value: unknown };

/**
 * What `JSON.stringify` returns for a value that came from JSON, but for any depth: that throws a RangeError after some
 * thousand levels.
 */
export function jsonOfAnyDepth(value: unknown): string {
  let json = '';
  const pieces: Piece[] = [{ value }];
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    if ('text' in piece) json += piece.text;
    else if (typeof piece.value !== 'object' || piece.value === null) json += JSON.stringify(piece.value ?? null);
    else for (const part of partsOf(piece.value).reverse()) pieces.push(part);
  }
  return json;
}

function partsOf(value: object): Piece[] {
  const parts: Piece[] = [];
  const add = (before: string, child: unknown): void => {
    parts.push({ text: (parts.length === 0 ? '' : ',') + before }, { value: child });
  };
  if (Array.isArray(value)) {
    for (const child of childrenOf(value)) add('', child);
    return [{ text: '[' }, ...parts, { text: ']' }];
  }
  for (const [key, child] of Object.entries<unknown>({ ...value })) {
    if (child !== undefined) add(`${JSON.stringify(key)}:`, child);
  }
  return [{ text: '{' }, ...parts, { text: '}' }];
}
