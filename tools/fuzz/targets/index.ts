import type { FuzzTarget } from '../engine/target';
import { answer } from './answer';
import { catalog } from './catalog';
import { config } from './config';
import { headers } from './headers';
import { page } from './page';
import { planted } from './planted';
import { read } from './read';
import { state } from './state';
import { stateFile } from './state-file';
import { timestamp } from './timestamp';
import { tunnel } from './tunnel';

/** All targets, see {@link TARGET_NAMES}. */
export const targets: readonly FuzzTarget[] = [
  config,
  state,
  stateFile,
  catalog,
  page,
  headers,
  answer,
  tunnel,
  timestamp,
  read,
  planted,
];
