import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { systemClock } from '@airbyte/cdk-typescript-compat';
import { createHttp } from '@airbyte/cdk-typescript-compat/http';
import { sourceSuite } from '@airbyte/cdk-typescript-compat/testing';
import { generateEntries } from '../simulated-tenant/entry-generator';
import { SimulatedTenant } from '../simulated-tenant/simulated-tenant';
import { SourceTines } from '../src/source-tines';
import { API_KEY, configFor, MINUTE, pastEntries } from './tenant';

let tenant: SimulatedTenant;

beforeAll(async () => {
  tenant = await SimulatedTenant.start({ apiKey: API_KEY, entries: pastEntries(3000) });
});
afterAll(() => tenant.stop());

const source = new SourceTines({ clock: systemClock, random: Math.random, http: createHttp, cloud: false });

sourceSuite(source, {
  config: () => configFor(tenant),
  refused: {
    'a key that the tenant does not know': {
      config: () => configFor(tenant, { api_key: 'another-key' }),
      message: /API Key/,
    },
  },
  change: () => {
    tenant.model.add(
      generateEntries({ seed: 8, count: 20, from: Date.now() - MINUTE, to: Date.now(), firstId: 90_000_000 }),
    );
    return Promise.resolve();
  },
  framework: { describe, test },
});
