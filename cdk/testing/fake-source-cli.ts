// A fakeSource as a program of its own, for tests of what only a real process does. FAKE names what it does.
import { setTimeout as sleep } from 'node:timers/promises';
import { launch } from '../src/launch';
import { fakeSource, type FakeBehaviour, type FakeRead } from './fake-source';

const COUNT = 5000;
const BATCH = 100;

function batchFrom(first: number): { id: string; text: string }[] {
  return Array.from({ length: BATCH }, (_, index) => ({ id: String(first + index), text: 'x'.repeat(500) }));
}

const many: FakeRead = function* () {
  for (let first = 0; first < COUNT; first += BATCH) yield { records: batchFrom(first) };
  yield { checkpoint: { at: COUNT } };
};

/** Checkpoints after every batch; ends only when it is asked to. */
const endless: FakeRead = async function* ({ signal }) {
  yield { startFrom: { at: 0 } };
  for (let first = 0; !signal.aborted; first += BATCH) {
    yield { records: batchFrom(first) };
    yield { checkpoint: { at: first + BATCH } };
    await sleep(1);
  }
};

/** Sends one batch and then doesn't listen to anybody. */
const deaf: FakeRead = async function* () {
  yield { startFrom: { at: 0 } };
  yield { records: batchFrom(0) };
  yield { estimate: 1 };
  await new Promise(() => {
    setInterval(() => undefined, 1000);
  });
};

const thrower: FakeRead = async function* () {
  yield { checkpoint: { at: 1 } };
  setTimeout(() => {
    throw new Error('thrown in a timer: tok-1');
  }, 1);
  await sleep(60_000);
};

const rejecter: FakeRead = async function* () {
  yield { checkpoint: { at: 1 } };
  void Promise.reject(new Error('rejected unheard: tok-1'));
  await sleep(60_000);
};

/** Awaits what nobody settles, with nothing left that could. */
const idle: FakeRead = async function* () {
  yield { checkpoint: { at: 1 } };
  yield { records: batchFrom(0) };
  await new Promise(() => undefined);
};

const chatty: FakeRead = function* () {
  globalThis.console.log('said with tok-1');
  yield { checkpoint: { at: 1 } };
};

/** Never waits for anything, so that nothing else has its turn unless it is given one. */
const hurried: FakeRead = function* () {
  for (let at = 1; ; at += 1) yield { checkpoint: { at } };
};

/** Ends well, but leaves something running. */
const untidy: FakeRead = function* () {
  for (let first = 0; first < COUNT; first += BATCH) yield { records: batchFrom(first) };
  yield { checkpoint: { at: COUNT } };
  setInterval(() => undefined, 1000);
};

function hang(): Promise<never> {
  return new Promise(() => {
    setInterval(() => undefined, 1000);
  });
}

function thrownLater(): Promise<never> {
  setTimeout(() => {
    throw new Error('thrown in a timer: tok-1');
  }, 1);
  return hang();
}

const BEHAVIOURS: Readonly<Record<string, FakeBehaviour>> = {
  many: { cats: many },
  endless: { cats: endless },
  deaf: { cats: deaf },
  thrower: { cats: thrower },
  rejecter: { cats: rejecter },
  untidy: { cats: untidy },
  idle: { cats: idle },
  chatty: { cats: chatty },
  hurried: { cats: hurried },
  hanging: { parseConfig: hang },
  failing: { streams: thrownLater },
  wide: { spec: { title: 'x'.repeat(1_000_000) } },
};

void launch({ name: 'source-fake', version: '1.2.3', load: () => fakeSource(BEHAVIOURS[process.env['FAKE'] ?? '']) });
