import { expect, test } from '@jest/globals';
import { ConfigError } from '@airbyte/cdk-typescript-compat';
import type { Http, HttpOptions } from '@airbyte/cdk-typescript-compat/http';
import { ManualClock, runSource } from '@airbyte/cdk-typescript-compat/testing';
import { SourceTines } from './source-tines';

const CONFIG = { tenant_domain: 'acme.tines.example', api_key: 'the-key' };

test.each(['check', 'read'])(
  "what a %s learns of a proxy's password is masked",
  async (command) => {
    const http = ({ mask }: HttpOptions): Http => {
      mask?.('its-password');
      return () => Promise.reject(new ConfigError('The proxy says its-password.'));
    };
    const source = new SourceTines({
      clock: new ManualClock(Date.parse('2026-03-02T12:00:00Z')),
      random: () => 1,
      cloud: false,
      http,
    });
    const catalog = { streams: [{ stream: { name: 'audit_logs' }, sync_mode: 'incremental' }] };
    const inputs = { config: CONFIG, ...(command === 'read' ? { catalog } : {}) };
    const run = await runSource(source, [command], inputs);
    expect(run.lines.join('\n')).toContain('The proxy says ****.');
    expect(run.lines.join('\n')).not.toContain('its-password');
  },
  60_000,
);
