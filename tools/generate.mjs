// Makes src/generated/ from schemas/: types by json-schema-to-typescript, validators by ajv, precompiled because
// compiling them at start costs ten times as much. With --check nothing is written: exit 1 when a file is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';
import { compile } from 'json-schema-to-typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const banner = '// Generated from schemas/ by `npm run generate`. Do not edit.\n';
const AIRBYTE_KEYWORDS = ['airbyte_secret', 'airbyte_type', 'order', 'multiline', 'pattern_descriptor', 'always_show'];

const readSchema = (name) => JSON.parse(readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), 'utf8'));
const schemas = {
  SourceConfig: withDefaults(readSchema('spec').connectionSpecification),
  AuditLogsRecord: readSchema('audit_logs'),
  AuditLogsState: readSchema('audit_logs_state'),
};

/** The settings once their defaults are filled in: these are never missing. */
function withDefaults(schema) {
  const defaults = Object.keys(schema.properties).filter((key) => 'default' in schema.properties[key]);
  return { ...schema, required: [...schema.required, ...defaults] };
}

/** Without titles: each would become a type alias of its own. */
function untitled(schema) {
  const properties = Object.entries(schema.properties).map(([key, { title, ...property }]) => [key, property]);
  return { ...schema, title: undefined, properties: Object.fromEntries(properties) };
}

async function types() {
  const parts = [];
  for (const [name, schema] of Object.entries(schemas)) {
    parts.push(await compile(untitled(schema), name, { bannerComment: '' }));
  }
  return `${banner}\n${parts.join('\n')}`;
}

// Records are validated in tests only, so no validator of theirs goes into the program.
const validated = ['SourceConfig', 'AuditLogsState'];

// They require ajv's run time by its name, so that the bundle knows whose code it holds.
function validators() {
  const ajv = new Ajv({ code: { source: true, lines: true }, strict: true, allowUnionTypes: true, allErrors: false });
  addFormats(ajv);
  for (const keyword of AIRBYTE_KEYWORDS) ajv.addKeyword(keyword);
  for (const name of validated) ajv.addSchema({ ...schemas[name], $id: name });
  const code = standaloneCode(ajv, Object.fromEntries(validated.map((name) => [`is${name}`, name])));
  return `${banner}${code}`;
}

function declarations() {
  const functions = validated.map(
    (name) => `/** Whether JSON has the shape of {@link ${name}}. */
export declare const is${name}: Validator<${name}>;`,
  );
  return `${banner}
import type { Validator } from '@airbyte/cdk-typescript-compat';
import type { ${[...validated].sort().join(', ')} } from './types';

${functions.join('\n\n')}
`;
}

const files = {
  'types.ts': await types(),
  'validators.js': validators(),
  'validators.d.ts': declarations(),
};

const checkOnly = process.argv.includes('--check');
mkdirSync(new URL('../src/generated', import.meta.url), { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const url = new URL(`../src/generated/${name}`, import.meta.url);
  if (!checkOnly) {
    writeFileSync(url, text);
  } else if (readFileSync(url, 'utf8') !== text) {
    console.error(`src/generated/${name} is stale: run npm run generate`);
    process.exitCode = 1;
  }
}
