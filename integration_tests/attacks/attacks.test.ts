import { afterAll } from '@jest/globals';
import { dripAttacks } from './drip-attacks';
import { testAttacks } from './attack';
import { figures } from './provoke';

/** So many attacks run at the same time: most of them wait for 15 s. */
const AT_ONCE = 24;

testAttacks([['A check fails, and says what to do, when the server sends', dripAttacks]], AT_ONCE);

afterAll(() => {
  const { inputs, failures, bytesSearched, mostMb } = figures;
  process.stdout.write(
    `Attacks: ${inputs} inputs tried, ${failures} failures provoked, ${bytesSearched} bytes of output searched, ` +
      `${Math.round(mostMb)} MiB of memory at most\n`,
  );
});
