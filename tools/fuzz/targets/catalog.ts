import { ok } from 'node:assert/strict';
import { readCatalogFile } from '../../../cdk/src/input/catalog-file';
import type { Stream } from '../../../cdk/src/source';
import type { FuzzTarget } from '../engine/target';
import { unlessRefusedLater } from './checks';

const nothing = function* (): Generator<never> {
  // Nothing is read here.
};
const stream: Stream = {
  descriptor: {
    name: 'audit_logs',
    json_schema: { properties: { id: {}, timestamp: {}, user_name: {} } },
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: ['timestamp'],
    source_defined_primary_key: [['id']],
  },
  open: () => nothing,
};

/** The configured catalog: streams that are taken exist, and what is asked of them has the types that it promises. */
export const catalog: FuzzTarget = {
  name: 'catalog',
  maxBytes: 8192,
  tokens: [
    '"incremental"',
    '"full_refresh"',
    '"generation_id"',
    '"minimum_generation_id"',
    '"sync_id"',
    '"__proto__"',
    '"json_schema":{"properties":{',
  ],
  async run(input) {
    const readFile = (): Promise<string> => Promise.resolve(input.toString('utf8'));
    const options = { streams: [stream], readFile };
    const selected = await unlessRefusedLater(() => readCatalogFile('catalog.json', options));
    ok((selected ?? []).length <= 1, 'a stream is there twice');
    for (const { request } of selected ?? []) {
      const { columns } = request;
      ok(columns === undefined || columns.join() === 'id,timestamp', 'columns that are not those of the stream');
      ok(stream.descriptor.supported_sync_modes.includes(request.syncMode), 'an unknown sync mode');
      for (const id of [request.generationId, request.minimumGenerationId, request.syncId]) {
        ok(id === undefined || Number.isInteger(id), 'an id that is no whole number');
      }
      for (const texts of [request.cursorField, ...(request.primaryKey ?? [])]) {
        ok(texts === undefined || texts.every((text) => typeof text === 'string'), 'a name that is no text');
      }
    }
  },
};
