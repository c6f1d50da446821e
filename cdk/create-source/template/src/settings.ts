import { defineSpec, secret, url, type CommandContext } from '@airbyte/cdk-typescript-compat';
import { bearer } from '@airbyte/cdk-typescript-compat/http';

/** What the user can configure: Airbyte's form, the checks of a config and its type come from it. */
export const spec = defineSpec({
  title: 'Example Source Spec',
  settings: {
    base_url: url({
      title: 'Base URL',
      description: 'Where the API of Example is.',
      examples: ['https://api.example.com'],
    }),
    api_token: secret({
      title: 'API Token',
      description: 'Create a token in Example, in your profile, and paste it.',
    }),
  },
});

/** How all requests reach the API. */
export const connection = (
  { base_url, api_token }: Awaited<ReturnType<typeof spec.parse>>,
  context: CommandContext,
) => ({
  service: 'Example',
  baseUrl: base_url,
  // Only the tests' server, on this machine, is reached without encryption.
  allowHttp: base_url.startsWith('http://127.0.0.1:'),
  settings: { address: 'Base URL', credentials: 'API Token' },
  auth: bearer(api_token),
  requestsPerMinute: 600,
  // Its log, and what masks tokens that are obtained.
  ...context,
});
