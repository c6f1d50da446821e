import assert from 'node:assert/strict';
import { isJsonObject } from '../../src/json-text';
import type { AirbyteMessage, AirbyteStream, JsonObject } from '../../src/protocol';
import { configuredCatalog, stateFile } from '../inputs';
import { fieldSchema } from './catalog-rules';
import { expectConfigError } from './config-tests';
import { identityOf, recordProblems } from './record-rules';
import type { SourceSuiteOptions, SuiteTests } from './source-suite';
import type { SuiteSession } from './suite-session';

/** From how many states of one read it is replayed, and at how many points it is killed and stopped. */
const MOST_REPLAYS = 10;
const MOST_KILLS = 4;

/** Tests of read. */
export function readTests<Config>(session: SuiteSession<Config>, options: SourceSuiteOptions): SuiteTests {
  const streams = new StreamTests(session, options.repeating ?? []);
  const { change, restate } = options;
  return {
    'read gives records as the schema says, each with its primary key, each once': () =>
      streams.each((stream) => streams.firstRead(stream)),
    'read of all streams gives what reads of each of them give': () => streams.allAtOnce(),
    'read of selected columns gives these, the cursor and the primary key, and no others': () =>
      streams.each((stream) => streams.selection(stream)),
    'read as a full refresh gives what a first incremental read gives': () =>
      streams.eachIncremental((stream) => streams.fullRefresh(stream)),
    'read from the last state gives nothing again, and a state that does not go back': () =>
      streams.eachIncremental((stream) => streams.secondRead(stream)),
    'read from every state gives exactly the rest': () => streams.eachIncremental((stream) => streams.replays(stream)),
    'read from a state in the future gives nothing, and a state that does not go back': () =>
      streams.eachIncremental((stream) => streams.future(stream)),
    'read from a state that can not be understood is refused, and does not start over': () =>
      streams.eachIncremental((stream) => streams.brokenState(stream)),
    'read that is killed anywhere loses nothing when it goes on from its last state': () =>
      streams.each((stream) => streams.kills(stream)),
    'read that is stopped sends a last state, from which nothing is lost': () =>
      streams.each((stream) => streams.stops(stream)),
    ...(change === undefined
      ? {}
      : { 'read from the last state gives what has changed since': () => streams.changes(change) }),
    ...(restate === undefined
      ? {}
      : {
          'read from the last state gives a record again that has changed under the same cursor value': () =>
            streams.restatements(restate),
        }),
  };
}

class StreamTests<Config> {
  readonly #session: SuiteSession<Config>;
  readonly #repeating: readonly string[];

  constructor(session: SuiteSession<Config>, repeating: readonly string[]) {
    this.#session = session;
    this.#repeating = repeating;
  }

  async each(body: (stream: AirbyteStream) => Promise<void>): Promise<void> {
    for (const stream of await this.#session.streams()) await body(stream);
  }

  async eachIncremental(body: (stream: AirbyteStream) => Promise<void>): Promise<void> {
    await this.each(async (stream) => {
      if (stream.supported_sync_modes.includes('incremental')) await body(stream);
    });
  }

  async firstRead(stream: AirbyteStream): Promise<void> {
    const records = recordsIn((await this.#session.firstRead(stream)).messages);
    assert(records.length > 0, `Stream ${stream.name} has no records: nothing can be tested.`);
    assert.deepEqual(await recordProblems(stream, records), []);
    this.#expectOnce(stream, records);
  }

  async allAtOnce(): Promise<void> {
    const streams = await this.#session.streams();
    const { messages } = await this.#session.read(streams);
    await this.each(async (stream) => {
      const alone = recordsIn((await this.#session.firstRead(stream)).messages);
      this.#expectSame(stream, recordsIn(messages, stream.name), alone);
    });
  }

  async selection(stream: AirbyteStream): Promise<void> {
    const { json_schema: schema, default_cursor_field: cursor = [], source_defined_primary_key: key = [] } = stream;
    const properties = Object.entries(isJsonObject(schema['properties']) ? schema['properties'] : {}).slice(0, 1);
    const paths = [...properties.map(([name]) => [name]), cursor, ...key];
    const names = [...new Set(paths.flatMap((path) => path.slice(0, 1)))];
    const json_schema = { ...schema, properties: Object.fromEntries(properties) };
    const { messages } = await this.#session.read([{ ...stream, json_schema }]);
    const whole = recordsIn((await this.#session.firstRead(stream)).messages);
    const selected = whole.map((record) =>
      Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name))),
    );
    const [given, wanted] = [recordsIn(messages), selected].map(
      (records) => new Set(records.map((record) => JSON.stringify(record))),
    );
    assert.deepEqual(given, wanted, `Stream ${stream.name}: not the columns ${names.join(', ')}.`);
  }

  async fullRefresh(stream: AirbyteStream): Promise<void> {
    const ids = { generation_id: 2, minimum_generation_id: 2, sync_id: 2 };
    const { messages } = await this.#session.read([stream], {}, { sync_mode: 'full_refresh', ...ids });
    this.#expectSame(stream, recordsIn(messages), recordsIn((await this.#session.firstRead(stream)).messages));
  }

  async secondRead(stream: AirbyteStream): Promise<void> {
    const first = await this.#session.firstRead(stream);
    const state = lastState(first.messages);
    const { messages, records } = await this.#from(stream, state);
    if (!this.#repeating.includes(stream.name)) {
      assert.deepEqual(records, [], `Stream ${stream.name}: a second read gives records again.`);
    }
    expectForward(stream, state, lastState(messages));
  }

  async replays(stream: AirbyteStream): Promise<void> {
    const { messages } = await this.#session.firstRead(stream);
    const positions = messages.flatMap(({ type }, index) => (type === 'STATE' ? [index] : []));
    for (const position of sample(positions, MOST_REPLAYS)) await this.#goOn(stream, messages.slice(0, position + 1));
  }

  async future(stream: AirbyteStream): Promise<void> {
    const last = lastState((await this.#session.firstRead(stream)).messages);
    const far = farAway(stream, last);
    if (far === undefined) return;
    const { messages, records } = await this.#from(stream, far);
    assert.deepEqual(records, [], `Stream ${stream.name}: a state in the future gives records.`);
    expectForward(stream, far, lastState(messages));
  }

  async brokenState(stream: AirbyteStream): Promise<void> {
    const state = Object.fromEntries(
      (stream.default_cursor_field ?? ['cursor']).map((key) => [key, { not: 'a cursor' }]),
    );
    const config = await this.#session.config();
    await expectConfigError(this.#session, {
      config,
      catalog: configuredCatalog([stream]),
      state: stateFile({ [stream.name]: state }),
    });
  }

  async kills(stream: AirbyteStream): Promise<void> {
    for (const point of await this.#pointsOf(stream)) {
      const arrived = await this.#session.killedRead(stream, point);
      await this.#goOn(stream, arrived, { isCutOff: true });
    }
  }

  async stops(stream: AirbyteStream): Promise<void> {
    for (const point of await this.#pointsOf(stream)) {
      const { messages } = await this.#session.stoppedRead(stream, point);
      await this.#goOn(stream, messages);
    }
  }

  async changes(change: () => unknown): Promise<void> {
    const reads: (readonly [AirbyteStream, readonly AirbyteMessage[]])[] = [];
    await this.eachIncremental(async (stream) => {
      reads.push([stream, (await this.#session.firstRead(stream)).messages]);
    });
    await change();
    let found = 0;
    for (const [stream, before] of reads) {
      const { records } = await this.#from(stream, lastState(before));
      const now = recordsIn((await this.#session.read([stream])).messages).map((record) => identityOf(stream, record));
      const known = new Set([...recordsIn(before), ...records].map((record) => identityOf(stream, record)));
      assert.deepEqual(
        now.filter((id) => !known.has(id)),
        [],
        `Stream ${stream.name}: what has changed is missing.`,
      );
      if (!this.#repeating.includes(stream.name)) this.#expectOnce(stream, [...recordsIn(before), ...records]);
      found += records.length;
    }
    assert(found > 0, 'Nothing has changed.');
  }

  async restatements(restate: () => unknown): Promise<void> {
    const reads: (readonly [AirbyteStream, readonly AirbyteMessage[]])[] = [];
    await this.eachIncremental(async (stream) => {
      reads.push([stream, (await this.#session.read([stream])).messages]);
    });
    await restate();
    let found = 0;
    for (const [stream, before] of reads) {
      const came = jsonIn((await this.#from(stream, lastState(before))).messages);
      const were = jsonIn(before);
      const changed = [...jsonIn((await this.#session.read([stream])).messages)].filter((record) => !were.has(record));
      assert(
        changed.every((record) => came.has(record)),
        `Stream ${stream.name}: a record that has changed under its cursor value is missing.`,
      );
      found += changed.length;
    }
    assert(found > 0, 'No record has changed.');
  }

  /** Goes on from the last state among messages, and expects that nothing is missing and nothing came twice. */
  async #goOn(stream: AirbyteStream, messages: readonly AirbyteMessage[], { isCutOff = false } = {}): Promise<void> {
    const last = messages.findLastIndex(({ type }) => type === 'STATE');
    const before = recordsIn(messages.slice(0, last + 1));
    const all = recordsIn((await this.#session.firstRead(stream)).messages);
    const isIncremental = stream.supported_sync_modes.includes('incremental');
    const { records } = await this.#from(stream, isIncremental ? lastState(messages) : undefined);
    // What came after the last state comes again, and so does all where no state counts.
    const kept = isIncremental ? before : [];
    this.#expectSame(stream, [...kept, ...records], all);
    if (!isCutOff && isIncremental)
      assert.equal(recordsIn(messages).length, before.length, 'A record follows the last state.');
  }

  async #from(stream: AirbyteStream, state: JsonObject | undefined) {
    const run = await this.#session.read([stream], state === undefined ? {} : { [stream.name]: state });
    return { messages: run.messages, records: recordsIn(run.messages) };
  }

  async #pointsOf(stream: AirbyteStream): Promise<readonly number[]> {
    const { messages } = await this.#session.firstRead(stream);
    const first = messages.findIndex(({ type }) => type === 'RECORD');
    return sample(
      messages.flatMap((_, index) => (index >= first ? [index + 1] : [])),
      MOST_KILLS,
    );
  }

  #expectSame(stream: AirbyteStream, records: readonly JsonObject[], all: readonly JsonObject[]): void {
    const [given, wanted] = [records, all].map((some) => new Set(some.map((record) => identityOf(stream, record))));
    assert.deepEqual(given, wanted, `Stream ${stream.name}: not the same records.`);
    this.#expectOnce(stream, records);
  }

  #expectOnce(stream: AirbyteStream, records: readonly JsonObject[]): void {
    if (this.#repeating.includes(stream.name)) return;
    const seen = new Set<string>();
    for (const record of records) {
      const id = identityOf(stream, record);
      assert(!seen.has(id), `Stream ${stream.name}: the record ${id} comes twice.`);
      seen.add(id);
    }
  }
}

function recordsIn(messages: readonly AirbyteMessage[], stream?: string): readonly JsonObject[] {
  return messages.flatMap((message) => {
    const isOf = message.type === 'RECORD' && (stream === undefined || message.record.stream === stream);
    return isOf ? [message.record.data] : [];
  });
}

const jsonIn = (messages: readonly AirbyteMessage[]): ReadonlySet<string> =>
  new Set(recordsIn(messages).map((record) => JSON.stringify(record)));

function lastState(messages: readonly AirbyteMessage[]): JsonObject | undefined {
  const found = messages.findLast(({ type }) => type === 'STATE');
  return found?.type === 'STATE' ? found.state.stream.stream_state : undefined;
}

/** The cursor of a state may be where it was or later, as far as that is known. */
function expectForward(
  { name, default_cursor_field: path = [] }: AirbyteStream,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): void {
  assert(after !== undefined, `Stream ${name}: there is no state.`);
  const [from, to] = [before, after].map((state) => state?.[path.join('.')]);
  const isBack =
    typeof from === 'number' && typeof to === 'number' ? to < from : Date.parse(String(to)) < Date.parse(String(from));
  assert(!isBack, `Stream ${name}: the state went back from ${String(from)} to ${String(to)}.`);
}

/** A state far in the future; undefined where it is unknown what that is. */
function farAway(
  { json_schema: schema, default_cursor_field: path = [] }: AirbyteStream,
  last: JsonObject | undefined,
): JsonObject | undefined {
  const field = fieldSchema(schema, path);
  if (last === undefined || field === undefined) return undefined;
  const name = path.join('.');
  if (field['format'] === 'date-time') return { ...last, [name]: '2999-12-31T00:00:00.000Z' };
  if (field['format'] === 'date') return { ...last, [name]: '2999-12-31' };
  const cursor = last[name];
  // Of a time in seconds or ms, too, that is one.
  return typeof cursor === 'number' && cursor > 0 ? { ...last, [name]: 2 * cursor } : undefined;
}

/** As many as are wanted, the first and the last among them. */
function sample<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => items[Math.round(index * step)]).filter(
    (item) => item !== undefined,
  );
}
