import { expect } from '@jest/globals';
import type { RunningConnector } from '../connector';
import type { Attack } from './attack';
import { bombOf, gzipped, MIB, zerosIn } from './bombs';
import { answering, hostileConfig, hostileRead, withHostileServer, type OnRequest } from './hostile-server';
import { delayMsOf, failedCheck, failedRead, figures, provoke, type Provoked } from './provoke';

/** The most memory that any of them may cost, in MiB. */
const MOST_MEMORY_MB = 200;
/**
 * A process is gone so long after a SIGTERM, in ms, whatever it is working at. Time in which it waits for a processor, on a
 * busy machine, is not its own.
 */
const LONGEST_DEATH_MS = 2000;
/** So long after the first bomb was sent it is being worked at, in ms. */
const UNTIL_KILLED_MS = 100;
/** Just small enough to be taken: for the one row that a check asks for, and for a page. In bytes. */
const ROW_BYTES = 15.9 * MIB;
const PAGE_BYTES = 7.9 * MIB;

type Bomb = keyof typeof bombOf;

function expectLittleMemory({ peakMb }: Provoked): void {
  expect(peakMb).toBeGreaterThan(0);
  expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
}

/** One row that is all that a row may be: what the check says of it is no matter, but it says so in time. */
function checkedRow(name: string, bomb: Bomb): Attack {
  const answer = gzipped(bombOf[bomb](ROW_BYTES));
  return {
    name: `one row of ${name}, to a check`,
    run: () =>
      withHostileServer(answering(answer), async (server) => {
        const run = await provoke('check', { config: hostileConfig(server) });
        expect(run).toMatchObject({ exitCode: 0, errors: [] });
        expect(run.messages.filter(({ type }) => type === 'CONNECTION_STATUS')).toHaveLength(1);
        expectLittleMemory(run);
      }),
  };
}

const failingCheck = (name: string, onRequest: OnRequest, message: RegExp): Attack => ({
  name: `${name}, to a check`,
  run: () =>
    withHostileServer(onRequest, async (server) => {
      const { message: said, run } = await failedCheck({ config: hostileConfig(server) });
      expect(said).toMatch(message);
      expectLittleMemory(run);
    }),
});

const failingRead = (name: string, onRequest: OnRequest, message: RegExp): Attack => ({
  name: `${name}, to a read`,
  run: () =>
    withHostileServer(onRequest, async (server) => {
      const { message: said, run } = await failedRead(hostileRead(server));
      expect(said).toMatch(message);
      expect(run.ids).toEqual([]);
      expectLittleMemory(run);
    }),
});

/** One entry, all that a page may be, whatever is asked for: it is delivered once, and the read comes to an end. */
function wholeRead(name: string, bomb: Bomb): Attack {
  const answer = gzipped(bombOf[bomb](PAGE_BYTES));
  return {
    name: `${name}, to a read`,
    run: () =>
      withHostileServer(answering(answer), async (server) => {
        const run = await provoke('read', hostileRead(server));
        expect(run).toMatchObject({ exitCode: 0, errors: [], ids: ['1'] });
        expectLittleMemory(run);
      }),
  };
}

/** Bombs in each answer, until a SIGTERM comes in the middle of them. */
const killed = (name: string, answer: Buffer): Attack => ({
  name: `pages of ${name}, and dies of a SIGTERM in the middle of them within two seconds`,
  run: async () => {
    let connector: RunningConnector | undefined;
    let [killedAt, delayedMs] = [0, 0];
    const onRequest: OnRequest = (socket, _, number) => {
      socket.write(answer);
      if (number !== 1) return;
      setTimeout(() => {
        [killedAt, delayedMs] = [performance.now(), delayMsOf(connector?.pid)];
        connector?.kill('SIGTERM');
      }, UNTIL_KILLED_MS);
    };
    await withHostileServer(onRequest, async (server) => {
      const started = (running: RunningConnector): void => {
        connector = running;
      };
      const run = await provoke('read', { ...hostileRead(server), started });
      const deathMs = performance.now() - killedAt - (run.delayedS * 1000 - delayedMs);
      expect(run).toMatchObject({ exitCode: null, signal: 'SIGTERM', errors: [] });
      expect(deathMs).toBeLessThan(LONGEST_DEATH_MS);
      figures.slowestDeathMs = Math.max(figures.slowestDeathMs, deathMs);
      expectLittleMemory(run);
    });
  },
});

const notFoundBeside = (info: Buffer): OnRequest => {
  const notFound = gzipped(Buffer.from('{}'), '404 Not Found');
  return (socket, head) => socket.write(head.includes('/info') ? info : notFound);
};

const TOO_LARGE = /can't answer one request \(an answer was larger than 16777216 bytes\)/;
/** Nothing is said of others that are answered. */
const ONLY_TOO_LARGE = /can't answer one request \(an answer was larger than \d+ bytes\)\. /;
const page = (bomb: Bomb): Buffer => gzipped(bombOf[bomb](PAGE_BYTES));
const pages = (bomb: Bomb): OnRequest => answering(page(bomb));
const whoseKey = notFoundBeside(gzipped(bombOf.members(63 * MIB)));

/** Answers that cost a server nothing, and the client memory and time. */
export const bombAttacks: readonly Attack[] = [
  ...Object.entries(zerosIn).flatMap(([encoding, zeros]) => [
    failingCheck(
      `100 MiB of zeros in ${encoding}`,
      answering(zeros(100 * MIB), { hangsUp: false }),
      encoding === 'gzip' ? TOO_LARGE : /the answer was cut off or is not JSON/,
    ),
    killed(`100 MiB of zeros in ${encoding}`, zeros(100 * MIB)),
  ]),
  failingCheck('a page of millions of rows', pages('rows'), /not a page/),
  failingRead('a page of millions of rows', pages('rows'), /not a page/),
  failingCheck('millions of lists that are no page', pages('members'), /not a page/),
  failingRead('millions of lists that are no page', pages('members'), /not a page/),
  failingCheck('a row of millions of fields', pages('fields'), /too many fields/),
  failingCheck('millions of lists where Tines says whose key it is', whoseKey, /No Tines tenant was found/),
  failingRead('millions of lists where Tines says whose key it is', whoseKey, /No Tines tenant was found/),
  failingRead('100 MiB of zeros', answering(zerosIn.gzip(100 * MIB), { hangsUp: false }), ONLY_TOO_LARGE),
  wholeRead('a page of lists that are empty', 'emptyLists'),
  wholeRead('a page of escapes', 'escapes'),
  checkedRow('lists that are empty', 'emptyLists'),
  checkedRow('lists in lists', 'depth'),
  checkedRow('bytes that are no text', 'invalidText'),
  checkedRow('escapes', 'escapes'),
  checkedRow('nothing but an id', 'id'),
  checkedRow('a number', 'digits'),
  checkedRow('a time', 'time'),
  killed('lists that are empty', page('emptyLists')),
  killed('lists in lists', page('depth')),
  killed('lists in lists that do not end', page('openDepth')),
  killed('fields', page('fields')),
  killed('fields of one name', page('knownFields')),
  killed('bytes that are no text', page('invalidText')),
  killed('line separators', page('separators')),
  killed('escapes', page('escapes')),
  killed('one id', page('escapedId')),
];
