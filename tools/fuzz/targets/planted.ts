import type { FuzzTarget } from '../engine/target';
import { PLANTED } from './names';

/**
 * A fault that is there on purpose: that the fuzzer finds it shows that it is guided. By chance alone it would take 2^24
 * inputs; the counters tell of each byte that is right.
 */
export const planted: FuzzTarget = {
  name: PLANTED,
  maxBytes: 3,
  tokens: [],
  run(input) {
    if (input[0] !== 0x62) return;
    if (input[1] !== 0x75) return;
    if (input[2] === 0x67) throw new Error('the planted fault');
  },
};
