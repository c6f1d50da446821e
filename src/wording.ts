/** A whole number with commas between thousands. `toLocaleString` would load the locales' data: 7 MB and 30 ms. */
export const numberText = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** The word for so many: `entry` for one, else `entries`. */
export const plural = (count: number, one: string, several = `${one}s`): string => (count === 1 ? one : several);

/** So many of something: `1 request`, `1,234 requests`. @param several where it is not `one` with an s */
export const counted = (count: number, one: string, several?: string): string =>
  `${numberText(count)} ${plural(count, one, several)}`;

/** `1 entry`, `1,234 entries`. */
export const entriesText = (count: number): string => counted(count, 'entry', 'entries');

/** How long something takes, as precisely as anybody needs it. */
export function roughDuration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
