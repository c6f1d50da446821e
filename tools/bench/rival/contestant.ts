import { join } from 'node:path';
import type { LowCode } from './low-code';

/** A program that reads the audit logs, started as Airbyte starts it. */
export interface Contestant {
  readonly name: 'source-tines' | 'low-code';
  /** The program and what precedes the arguments of every source. */
  readonly command: readonly [string, ...string[]];
  /** What follows them. */
  readonly lastArgs: readonly string[];
  /** The variable that names a certificate to trust, PEM. */
  readonly caVariable: string;
  /** The field of a record with the time of the entry, ISO 8601: all of one program have the same form. */
  readonly timeField: string;
}

/** The two that are compared, the connector first. @param root the project's folder */
export function contestants(root: string, { command, manifest }: LowCode): readonly [Contestant, Contestant] {
  return [
    {
      name: 'source-tines',
      command: [process.execPath, join(root, 'bin/source-tines')],
      lastArgs: [],
      caVariable: 'NODE_EXTRA_CA_CERTS',
      timeField: 'timestamp',
    },
    {
      name: 'low-code',
      command: [command],
      lastArgs: ['--manifest-path', manifest],
      caVariable: 'REQUESTS_CA_BUNDLE',
      timeField: 'created_at',
    },
  ];
}
