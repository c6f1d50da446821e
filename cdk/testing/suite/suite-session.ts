import assert from 'node:assert/strict';
import { secretsOf } from '../../src/output/secrets';
import type { AirbyteMessage, AirbyteStream, ConnectorSpecification, JsonObject } from '../../src/protocol';
import type { Source } from '../../src/source';
import { configuredCatalog, stateFile, type Configured } from '../inputs';
import { parseMessage, runSource, type RunSourceOptions, type SourceRun } from '../run-source';
import { MemoryOutput } from '../memory-output';
import { readProblems, type Ending } from './read-rules';

/** A source, or what makes it. */
export type SourceUnderTest<Config> = Source<Config> | (() => Promise<Source<Config>>);

/** How the source is run. */
export interface SessionOptions {
  /** Made when the first test asks for it: the server that it names may not run before. */
  readonly config: () => JsonObject | Promise<JsonObject>;
  /** What every run is given in addition to its files. */
  readonly run: Pick<RunSourceOptions, 'env' | 'now' | 'after'>;
}

/** Runs a source again and again. In no output of any run may there be a secret of its config. */
export class SuiteSession<Config> {
  readonly #source: () => Promise<Source<Config>>;
  readonly #options: SessionOptions;
  #config: Promise<JsonObject> | undefined;
  #spec: Promise<ConnectorSpecification> | undefined;
  #streams: Promise<readonly AirbyteStream[]> | undefined;
  readonly #reads = new Map<string, Promise<SourceRun>>();

  constructor(source: SourceUnderTest<Config>, options: SessionOptions) {
    this.#source = typeof source === 'function' ? source : () => Promise.resolve(source);
    this.#options = options;
  }

  config(): Promise<JsonObject> {
    this.#config ??= Promise.resolve(this.#options.config());
    return this.#config;
  }

  spec(): Promise<ConnectorSpecification> {
    this.#spec ??= this.run(['spec']).then(({ spec }) => {
      assert(spec !== undefined, 'There is no SPEC.');
      return spec;
    });
    return this.#spec;
  }

  /** The streams of the answer of `discover`. */
  streams(): Promise<readonly AirbyteStream[]> {
    this.#streams ??= this.#discover();
    return this.#streams;
  }

  async #discover(): Promise<readonly AirbyteStream[]> {
    const { catalog, errors } = await this.run(['discover'], { config: await this.config() });
    assert(catalog !== undefined, `There is no CATALOG: ${errors.map(({ message }) => message).join(' ')}`);
    return catalog.streams;
  }

  /** Runs a command, and looks for secrets in all that it says. */
  async run(args: readonly string[], options: RunSourceOptions = {}): Promise<SourceRun> {
    const run = await runSource(this.#source, args, { ...this.#options.run, ...options });
    if (args[0] !== 'spec') await this.#findSecrets(options.config, [...run.lines, run.stderr]);
    return run;
  }

  /** Reads streams to the end, as the protocol has it. */
  async read(
    streams: readonly AirbyteStream[],
    states: Readonly<Record<string, JsonObject>> = {},
    configured?: Configured,
  ): Promise<SourceRun> {
    const run = await this.run(['read'], await this.#files(streams, states, configured));
    this.#expectGood(run, 'complete');
    assert.equal(run.exitCode, 0);
    return run;
  }

  /** The first read of a stream: done once for all tests. */
  firstRead(stream: AirbyteStream): Promise<SourceRun> {
    const known = this.#reads.get(stream.name) ?? this.read([stream]);
    this.#reads.set(stream.name, known);
    return known;
  }

  /** Reads a stream until `stopAfter` messages were written, and has it stop then. */
  async stoppedRead(stream: AirbyteStream, stopAfter: number): Promise<SourceRun> {
    const stop = new AbortController();
    let written = 0;
    const onMessage = (): void => {
      written += 1;
      if (written === stopAfter) stop.abort();
    };
    const files = await this.#files([stream], {});
    const run = await this.run(['read'], { ...files, signal: stop.signal, onMessage });
    this.#expectGood(run, run.exitCode === 0 ? 'complete' : 'stopped');
    return run;
  }

  /** Reads a stream until its reader goes away. @returns what had arrived by then */
  async killedRead(stream: AirbyteStream, killAfter: number): Promise<readonly AirbyteMessage[]> {
    const arrived: AirbyteMessage[] = [];
    const output = new MemoryOutput((chunk) => {
      arrived.push(
        ...chunk
          .split('\n')
          .filter((line) => line !== '')
          .map(parseMessage),
      );
      if (arrived.length >= killAfter) output.breakPipe();
    });
    await this.run(['read'], { ...(await this.#files([stream], {})), output });
    return arrived.slice(0, killAfter);
  }

  async #files(
    streams: readonly AirbyteStream[],
    states: Readonly<Record<string, JsonObject>>,
    configured?: Configured,
  ) {
    const state = Object.keys(states).length === 0 ? {} : { state: stateFile(states) };
    return { config: await this.config(), catalog: configuredCatalog(streams, configured), ...state };
  }

  #expectGood(run: SourceRun, ending: Ending): void {
    const told = run.errors.map(({ message, internal_message = '' }) => `${message} ${internal_message}`);
    assert.deepEqual([...readProblems(run.messages, ending), ...(ending === 'failed' ? [] : told)], []);
    assert.equal(run.stderr, '');
  }

  async #findSecrets(config: unknown, texts: readonly string[]): Promise<void> {
    const { connectionSpecification } = await this.spec();
    for (const secret of secretsOf(connectionSpecification, config)) {
      const forms = [
        secret,
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
        Buffer.from(secret).toString('base64'),
      ];
      const isShown = forms.some((form) => form.length > 2 && texts.some((text) => text.includes(form)));
      assert(!isShown, 'A secret of the config is in the output.');
    }
  }
}
