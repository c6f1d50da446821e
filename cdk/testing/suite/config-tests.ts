import assert from 'node:assert/strict';
import { isJsonObject } from '../../src/json-text';
import type { JsonObject } from '../../src/protocol';
import { configuredCatalog } from '../inputs';
import { catalogProblems, keyProblems } from './catalog-rules';
import type { Refused, SuiteTests } from './source-suite';
import { specProblems } from './spec-rules';
import type { SuiteSession } from './suite-session';

/** Nothing else is called so: where it is in the output, a value was repeated that may be a secret in the wrong field. */
const WRONG_VALUE = 'wrongly-typed-7Kq2';

/** Tests of spec, check and discover, and of the settings. */
export function configTests<Config>(
  session: SuiteSession<Config>,
  refused: Readonly<Record<string, Refused>>,
): SuiteTests {
  return {
    'spec is a form that Airbyte can show': async () => {
      assert.deepEqual(specProblems(await session.spec()), []);
    },
    'check accepts the config': async () => {
      assert.deepEqual(await statusOf(session, await session.config()), { status: 'SUCCEEDED' });
    },
    'check accepts the config with nulls for absent settings, and with settings that the spec does not know':
      async () => {
        const { properties } = await formOf(session);
        const nulls = Object.fromEntries(Object.keys(properties).map((key) => [key, null]));
        const config = { ...nulls, ...(await session.config()), added_by_the_platform: { later: [1] } };
        assert.deepEqual(await statusOf(session, config), { status: 'SUCCEEDED' });
      },
    'check names every required setting that is missing by its title': async () => {
      const { required, properties } = await formOf(session);
      const good = await session.config();
      for (const key of required) {
        const { [key]: missing, ...config } = good;
        assert(missing !== undefined, `The config has no "${key}".`);
        await expectRefusal(session, config, titleIn(properties[key], key));
      }
    },
    'check names every setting of a wrong type by its title': async () => {
      const { properties } = await formOf(session);
      for (const [key, property] of Object.entries(properties)) {
        const isObject = isJsonObject(property) && property['type'] === 'object';
        const config = { ...(await session.config()), [key]: isObject ? 7 : { of: WRONG_VALUE } };
        await expectRefusal(session, config, titleIn(property, key));
      }
    },
    ...Object.fromEntries(
      Object.entries(refused).map(([what, { config, message }]) => [
        `check refuses ${what}, with what to do`,
        async () => {
          await expectRefusal(session, typeof config === 'function' ? await config() : config, message);
        },
      ]),
    ),
    'discover lists streams whose schemas destinations understand, always the same': async () => {
      const streams = await session.streams();
      assert.deepEqual(catalogProblems({ streams }), []);
      const again = await session.run(['discover'], { config: await session.config() });
      assert.deepEqual(again.catalog?.streams, streams);
    },
    'discover declares the fields of each primary key and cursor in the schema': async () => {
      assert.deepEqual((await session.streams()).flatMap(keyProblems), []);
    },
    'read with a config that is not valid is the fault of the config, and reads nothing': async () => {
      const catalog = configuredCatalog(await session.streams());
      const { required } = await formOf(session);
      if (required.length === 0) return;
      await expectConfigError(session, { config: {}, catalog });
    },
    'read of a stream that does not exist is the fault of the catalog, which the error names': async () => {
      const [stream] = await session.streams();
      assert(stream !== undefined);
      const catalog = configuredCatalog([{ ...stream, name: 'no_such_stream' }]);
      await expectConfigError(session, { config: await session.config(), catalog }, /no_such_stream/);
    },
  };
}

/** Expects a read that ends with a config_error before it has sent anything. */
export async function expectConfigError<Config>(
  session: SuiteSession<Config>,
  files: { readonly config: JsonObject; readonly catalog: JsonObject; readonly state?: unknown },
  message = /./,
): Promise<void> {
  const { exitCode, records, states, errors } = await session.run(['read'], files);
  assert.deepEqual({ exitCode, records, states }, { exitCode: 1, records: [], states: [] });
  assert.deepEqual(
    errors.map(({ failure_type: type }) => type),
    ['config_error'],
  );
  assert.match(errors[0]?.message ?? '', message);
}

async function statusOf<Config>(session: SuiteSession<Config>, config: JsonObject) {
  const { exitCode, messages, errors, connectionStatus } = await session.run(['check'], { config });
  assert.deepEqual({ exitCode, errors }, { exitCode: 0, errors: [] });
  assert.equal(messages.filter(({ type }) => type === 'CONNECTION_STATUS').length, 1);
  return connectionStatus;
}

async function expectRefusal<Config>(
  session: SuiteSession<Config>,
  config: JsonObject,
  message: RegExp,
): Promise<void> {
  const status = await statusOf(session, config);
  assert(status?.status === 'FAILED', `A config without what ${String(message)} is about was accepted.`);
  assert.match(status.message, message);
}

async function formOf<Config>(session: SuiteSession<Config>) {
  const { properties, required } = (await session.spec()).connectionSpecification;
  const keys: readonly unknown[] = Array.isArray(required) ? required : [];
  return {
    properties: isJsonObject(properties) ? properties : {},
    required: keys.filter((key) => typeof key === 'string'),
  };
}

function titleIn(property: unknown, key: string): RegExp {
  const title = isJsonObject(property) && typeof property['title'] === 'string' ? property['title'] : key;
  return new RegExp(title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
