import type { JsonObject } from '../../src/protocol';
import type { RunSourceOptions } from '../run-source';
import { configTests } from './config-tests';
import { readTests } from './read-tests';
import { SuiteSession, type SourceUnderTest } from './suite-session';

/** A config that the source refuses, and what its message says: by a setting's title, and with what to do. */
export interface Refused {
  readonly config: JsonObject | (() => JsonObject | Promise<JsonObject>);
  readonly message: RegExp;
}

/** What a {@link sourceSuite} knows of a source. */
export interface SourceSuiteOptions {
  /** One that works. A function is called when the first test needs it, so it may name a server that runs by then. */
  readonly config: JsonObject | (() => JsonObject | Promise<JsonObject>);
  /** Configs that `check` refuses beyond what the spec says, by what is wrong with them. */
  readonly refused?: Readonly<Record<string, Refused>>;
  /** Streams that may give a record again that lies at the edge of two reads. Others may not. */
  readonly repeating?: readonly string[];
  /** Changes what the source reads, so that at least one incremental stream has something new. May return a promise. */
  readonly change?: () => unknown;
  /**
   * Changes a field of the newest record of at least one incremental stream, and not its cursor value: a report that is
   * restated, a row of today by its date. May return a promise.
   */
  readonly restate?: () => unknown;
  /** Tests that are left out, by their names, each with the reason: both are in what the test framework prints. */
  readonly skip?: Readonly<Record<string, string>>;
  /** What every run is given. */
  readonly run?: Pick<RunSourceOptions, 'env' | 'now' | 'after'>;
  /** Of each test, in ms. Defaults to a minute. */
  readonly timeoutMs?: number;
  /** Defaults to the global `describe` and `test`, as Jest and Vitest have them. */
  readonly framework?: TestFramework;
}

/** Names a test and what it does. */
export type DefineTest = (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;

/** What runs the tests. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: DefineTest & { readonly skip: DefineTest };
}

/**
 * Tests of what every source has to do, whatever it reads: spec, check and discover as Airbyte takes them; settings that
 * are wrong are named; two reads, a replay from every state, a kill and a stop lose nothing; records are as their schema
 * says; no secret is in any output. The source is run in this process, against whatever its config names.
 * @throws Error where `skip` names a test that there isn't
 */
export function sourceSuite<Config>(source: SourceUnderTest<Config>, options: SourceSuiteOptions): void {
  const { describe, test } = options.framework ?? globalFramework();
  const { config, run = {}, skip = {}, timeoutMs = 60_000 } = options;
  const session = new SuiteSession(source, { config: typeof config === 'function' ? config : () => config, run });
  const tests = { ...configTests(session, options.refused ?? {}), ...readTests(session, options) };
  const unknown = Object.keys(skip).find((name) => !Object.hasOwn(tests, name));
  if (unknown !== undefined) {
    throw new Error(`There is no test "${unknown}" to be left out. There are:\n${Object.keys(tests).join('\n')}`);
  }
  describe('as every source', () => {
    for (const [name, body] of Object.entries(tests)) {
      const reason = skip[name];
      if (reason === undefined) test(name, body, timeoutMs);
      else test.skip(`${name} (left out: ${reason})`, body);
    }
  });
}

/** Tests by the sentence that each of them holds the source to. */
export type SuiteTests = Readonly<Record<string, () => Promise<void>>>;

function globalFramework(): TestFramework {
  const found: object = globalThis;
  if (isFramework(found)) return found;
  throw new Error('There is no global "describe" and "test": hand those of your test framework in as "framework".');
}

function isFramework(found: object): found is TestFramework {
  return ['describe', 'test'].every((name) => typeof Reflect.get(found, name) === 'function');
}
