import { equal, ok } from 'node:assert/strict';
import { formatTimestamp, millisecondsAt, parseTimestamp } from '../../../src/tines/time';
import type { FuzzTarget } from '../engine/target';

/** A time in any of the forms that are taken, in its parts. */
const PARTS = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))? ?(?:([Zz])|(UTC)|([+-])(\d\d):?(\d\d))$/;

/** Times: both ways of reading them agree with each other and with plain arithmetic. */
export const timestamp: FuzzTarget = {
  name: 'timestamp',
  maxBytes: 64,
  tokens: ['UTC', 'Z', 'T24:00:00', '+24:00', '-00:00', '0000-', '9999-12-31', '02-29', '23:59:60', '.999999999'],
  run(input) {
    const text = input.toString('utf8');
    const ms = parseTimestamp(text);
    equal(ms, arithmetically(text));
    const json = Buffer.from(JSON.stringify(text));
    const fromBytes = millisecondsAt(json, 0, json.length);
    ok(Number.isNaN(fromBytes) || fromBytes === ms, 'the way by bytes says something else');
    if (ms === undefined) return;
    const normalized = formatTimestamp(ms);
    equal(parseTimestamp(normalized), ms);
    equal(normalized?.length, 24);
  },
};

function arithmetically(text: string): number | undefined {
  const parts = PARTS.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isMidnight = hour === 24 && minute === 0 && second === 0 && /^0*$/.test((parts[7] ?? '').slice(0, 3));
  if (!exists || (hour > 23 && !isMidnight) || minute > 59 || second > 59) return undefined;
  const offset = Number(parts[11] ?? 0) * 60 + Number(parts[12] ?? 0);
  if (Number(parts[11] ?? 0) > 23 || Number(parts[12] ?? 0) > 59) return undefined;
  const fraction = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const local = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
  const ms = local - (parts[10] === '-' ? -1 : 1) * offset * 60_000;
  return ms >= Date.UTC(0, 0) - 59_958_230_400_000 && ms <= Date.UTC(9999, 11, 31, 23, 59, 59, 999) ? ms : undefined;
}
