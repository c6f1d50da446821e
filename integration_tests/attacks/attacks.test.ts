import { afterAll } from '@jest/globals';
import { answerAttacks } from './answer-attacks';
import { testAttacks } from './attack';
import { certificateAttacks } from './certificate-attacks';
import { dripAttacks } from './drip-attacks';
import { echoAttacks } from './echo-attacks';
import { exchangeAttacks } from './exchange-attacks';
import { inputAttacks } from './input-attacks';
import { proxyAttacks } from './proxy-attacks';
import { printFigures } from './provoke';
import { rebindingAttacks } from './rebinding-attacks';
import { redirectAttacks } from './redirect-attacks';

testAttacks(
  [
    ['A check fails, and says what to do, when the server answers with', answerAttacks],
    ['A check fails, and says what to do, when the server sends', dripAttacks],
    ['A check fails, and says nothing of the key, when the server echoes it in', echoAttacks],
    ['A check fails, and neither server nor proxy are sent the key, when the proxy answers with', proxyAttacks],
    ['A check fails, and follows no redirect, when it leads to', redirectAttacks],
    ['A check fails at once, and nothing is sent, when the server has', certificateAttacks],
    ["On Airbyte's cloud, a name that resolves to", rebindingAttacks],
    ['Between one answer and the next', exchangeAttacks],
    ['A read is refused before anything is sent when it is given', inputAttacks],
  ],
  // Most of these wait for the 15 s of a check.
  30,
);

afterAll(printFigures);
