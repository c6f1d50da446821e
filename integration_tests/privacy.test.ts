import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { entryOf } from '../simulated-tenant/tenant-entry';
import { run, type ConnectorRun } from './connector';
import { HOUR, inputsOf, isoTime, withTenant } from './tenant';

/** In every text and in the name of every unknown field of an entry, and nowhere else. */
const PERSON = 'Zq7person';
const USER_ID = 4_711_815_162;

/** An hour of entries that hold the person wherever they can, and what the connector has to say something of. */
function entriesOf(now: number): ReturnType<typeof entryOf>[] {
  return Array.from({ length: 600 }, (_, index) => {
    const at = now - HOUR + index * 5000;
    const json: JsonObject = {
      ...(index % 50 === 7 ? {} : { id: 9000 + index }),
      created_at: index % 50 === 9 ? `${PERSON} at noon` : isoTime(at),
      operation_name: `${PERSON}Operation`,
      user_id: USER_ID,
      user_email: `${PERSON}@example.com`,
      user_name: index % 50 === 11 ? `${PERSON}\ud800` : PERSON,
      request_ip: `${PERSON}.192.0.2.1`,
      request_user_agent: PERSON,
      inputs: { [PERSON]: { name: PERSON } },
      outputs: index % 2 === 0 ? [PERSON] : { name: PERSON },
      [`${PERSON}_field`]: PERSON,
    };
    return entryOf({ ...json, id: 9000 + index }, { at, text: JSON.stringify(json) });
  });
}

const notRecords = ({ lines }: ConnectorRun): string[] => lines.filter((line) => !line.startsWith('{"type":"RECORD"'));

async function withPerson(settings: JsonObject, body: (result: ConnectorRun) => void): Promise<void> {
  await withTenant({ entries: entriesOf(Date.now()) }, async (tenant) => {
    body(await run('read', { ...inputsOf(tenant, { settings }), args: ['--debug'] }));
  });
}

describe('of entries that hold a person in every field', () => {
  test.concurrent('no line of the log holds anything of an entry, with --debug too', async () => {
    await withPerson({}, (result) => {
      expect(result.records.filter((record) => JSON.stringify(record).includes(PERSON))).toHaveLength(600);
      // What it has to say something of: entries without id, without time, and with what is replaced.
      expect(result.logs.filter((line) => line.startsWith('WARN')).length).toBeGreaterThanOrEqual(3);
      expect(notRecords(result).filter((line) => line.includes(PERSON) || line.includes(String(USER_ID)))).toEqual([]);
    });
  });

  test.concurrent('STATE holds the ids of entries and times, no more', async () => {
    await withPerson({ lookback_window_minutes: 30 }, ({ states }) => {
      const state = states.at(-1) ?? {};
      expect(Object.keys(state)).toEqual(['timestamp', 'id', 'recent_from', 'recent_ids', 'config', 'last_sync']);
      const texts = JSON.stringify(state).match(/"(?:[^"\\]|\\.)*"/g) ?? [];
      // Names, ids as differences, hashes, times.
      const harmless = /^"(?:[a-z_]+|9\d\d\d(?: \d+)*|[0-9a-f]{32}|[0-9a-f]{16}\.[0-9a-f]{16}|[\dT:.Z-]+)"$/;
      expect(texts.filter((text) => !harmless.test(text))).toEqual([]);
      expect(JSON.stringify(state)).not.toContain(PERSON);
    });
  });

  test.concurrent('users in the filters are named neither in the log nor in STATE', async () => {
    await withPerson({ user_ids: [String(USER_ID)] }, (result) => {
      expect(result.records.length).toBeGreaterThan(0);
      expect(notRecords(result).filter((line) => line.includes(String(USER_ID)))).toEqual([]);
    });
  });
});
