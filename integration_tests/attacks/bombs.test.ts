import { afterAll } from '@jest/globals';
import { testAttacks } from './attack';
import { bombAttacks } from './bomb-attacks';
import { printFigures } from './provoke';

testAttacks(
  [['The connector keeps its memory below 200 MB when the server sends', bombAttacks]],
  // These take the machine.
  { atOnce: 2, everyMs: 0 },
);

afterAll(printFigures);
