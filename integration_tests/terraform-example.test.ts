import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from '@cdktf/hcl2json';
import { version } from '../package.json';
import spec from '../schemas/spec.json';

/** What the provider documents of a block: which arguments it takes, and with which values if only some are allowed. */
interface Documented {
  readonly required: readonly string[];
  readonly optional: Readonly<Record<string, readonly string[] | Documented | 'any'>>;
  /** What other blocks may refer to, in addition. */
  readonly readOnly?: readonly string[];
}

type Block = Readonly<Record<string, unknown>>;

/**
 * Of github.com/airbytehq/terraform-provider-airbyte, version 1.3: docs/index.md, and of docs/resources/ source_definition.md,
 * source.md and connection.md. Arguments that the example has no use for are left out.
 */
const STREAM: Documented = {
  required: ['name'],
  optional: {
    sync_mode: ['incremental_append', 'incremental_deduped_history'],
    cursor_field: 'any',
    primary_key: 'any',
  },
};
const PROVIDER: Documented = { required: [], optional: { server_url: 'any', client_id: 'any', client_secret: 'any' } };
const RESOURCES: Readonly<Record<string, Documented>> = {
  airbyte_source_definition: {
    required: ['workspace_id', 'name', 'docker_repository', 'docker_image_tag'],
    optional: { documentation_url: 'any' },
    readOnly: ['id'],
  },
  airbyte_source: {
    required: ['workspace_id', 'name', 'configuration'],
    optional: { definition_id: 'any' },
    readOnly: ['source_id'],
  },
  airbyte_connection: {
    required: ['source_id', 'destination_id'],
    optional: {
      name: 'any',
      prefix: 'any',
      configurations: { required: [], optional: { streams: STREAM } },
      non_breaking_schema_updates_behavior: ['ignore', 'disable_connection', 'propagate_columns', 'propagate_fully'],
      schedule: {
        required: ['schedule_type'],
        optional: { schedule_type: ['manual', 'cron'], cron_expression: 'any' },
      },
    },
    readOnly: ['connection_id'],
  },
};
/** Of Terraform itself: they stand in any resource. */
const META_ARGUMENTS = ['for_each'];

/** What is wrong with the arguments of a block. */
function faults(path: string, block: Block, { required, optional }: Documented): string[] {
  const missing = required.filter((name) => !(name in block)).map((name) => `${path}.${name} is missing`);
  const wrong = Object.entries(block).flatMap(([name, value]) => {
    const allowed = optional[name] ?? (required.includes(name) || META_ARGUMENTS.includes(name) ? 'any' : []);
    if (allowed === 'any') return [];
    if ('required' in allowed) {
      return [value].flat().flatMap((inner) => faults(`${path}.${name}`, inner as Block, allowed));
    }
    return allowed.includes(String(value)) ? [] : [`${path}.${name} = ${String(value)}`];
  });
  return [...missing, ...wrong];
}

const textOf = (name: string): string => readFileSync(resolve(__dirname, '../examples/terraform', name), 'utf8');
const main = textOf('main.tf');
let resources: Readonly<Record<string, { readonly tines: readonly [Block] }>>;
let provider: Block;
let variables: Readonly<Record<string, readonly [Block]>>;
let values: Block;

beforeAll(async () => {
  const parsed = (await parse('main.tf', main)) as { resource: typeof resources; provider: { airbyte: [Block] } };
  resources = parsed.resource;
  [provider] = parsed.provider.airbyte;
  variables = ((await parse('variables.tf', textOf('variables.tf'))) as { variable: typeof variables }).variable;
  values = (await parse('terraform.tfvars', textOf('terraform.tfvars.example'))) as Block;
});

describe('main.tf', () => {
  test('makes a source definition, and a source and a connection for each tenant', () => {
    const each = Object.entries(resources).map(([type, { tines }]) => [type, tines[0]['for_each']]);
    expect(Object.fromEntries(each)).toEqual({
      airbyte_source_definition: undefined,
      airbyte_source: '${var.tenants}',
      airbyte_connection: '${var.tenants}',
    });
  });

  test('has the arguments that the provider documents', () => {
    const found = Object.entries(RESOURCES).flatMap(([type, documented]) => {
      const block = resources[type]?.tines[0];
      return block === undefined ? [`${type} is missing`] : faults(type, block, documented);
    });
    expect([...faults('provider', provider, PROVIDER), ...found]).toEqual([]);
  });

  test('refers only to attributes that the provider documents', () => {
    const references = [...main.matchAll(/\b(airbyte_\w+)\.tines(?:\[each\.key\])?\.(\w+)/g)];
    expect(references).toHaveLength(2);
    const unknown = references.filter(([, type = '', name = '']) => RESOURCES[type]?.readOnly?.includes(name) !== true);
    expect(unknown.map(([reference]) => reference)).toEqual([]);
  });

  test('gives each tenant tables of its own', () => {
    expect(resources['airbyte_connection']?.tines[0]['prefix']).toMatch(/^\$\{each\.key\}_$/);
  });

  test('reads the stream of the connector incrementally', () => {
    const streams = (resources['airbyte_connection']?.tines[0]['configurations'] as Block)['streams'];
    expect(streams).toEqual([{ name: 'audit_logs', sync_mode: 'incremental_deduped_history' }]);
  });

  test('configures a source with settings of the connector, the required ones among them', () => {
    const { properties, required } = spec.connectionSpecification;
    const configuration = String(resources['airbyte_source']?.tines[0]['configuration']);
    const names = [...configuration.matchAll(/^ *(\w+) *= /gm)].map(([, name]) => name);
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(names));
    expect(names).toEqual(expect.arrayContaining(required));
  });

  test('uses every variable, and no other', () => {
    const used = [...main.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(variables).toSorted());
  });
});

describe('terraform.tfvars.example', () => {
  test('sets each variable that is neither secret nor has a default', () => {
    const needed = Object.entries(variables).filter(
      ([, [block]]) => block['sensitive'] !== true && !('default' in block),
    );
    expect(Object.keys(values).toSorted()).toEqual(needed.map(([name]) => name).toSorted());
  });

  test('has every attribute of a variable that is an object, and of each tenant', () => {
    const attributes = (name: string): string[] =>
      [...String(variables[name]?.[0]['type']).matchAll(/^ *(\w+) *= \w+$/gm)].map(([, attribute = '']) => attribute);
    const objects = [values['airbyte'], values['image'], ...Object.values(values['tenants'] as Block)] as Block[];
    const expected = ['airbyte', 'image', ...Object.keys(values['tenants'] as Block).map(() => 'tenants')];
    expect(objects.map((object) => Object.keys(object).toSorted())).toEqual(
      expected.map((name) => attributes(name).toSorted()),
    );
  });

  test('names the image of this version', () => {
    expect(values['image']).toMatchObject({ tag: version });
  });
});
