/** The targets that are fuzzed where none is named. */
export const TARGET_NAMES = [
  'config',
  'state',
  'state-file',
  'catalog',
  'page',
  'headers',
  'answer',
  'tunnel',
  'timestamp',
  'read',
] as const;

/** A fault that is there on purpose: it shows that faults are found. */
export const PLANTED = 'planted';

export type TargetName = (typeof TARGET_NAMES)[number] | typeof PLANTED;
