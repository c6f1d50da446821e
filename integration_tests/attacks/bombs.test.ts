import { afterAll } from '@jest/globals';
import { testAttacks } from './attack';
import { bombAttacks } from './bomb-attacks';
import { printFigures } from './provoke';

testAttacks(
  [['The connector keeps its memory below 200 MB when the server sends', bombAttacks]],
  // These take the machine.
  2,
);

afterAll(printFigures);
