import { dateTime, defineSpec, secret, url } from '@airbyte/cdk-typescript-compat';

export const spec = defineSpec({
  title: 'Help Desk Source Spec',
  documentationUrl: 'https://docs.airbyte.com/integrations/sources/helpdesk',
  settings: {
    base_url: url({
      title: 'Base URL',
      description: 'Where the help desk is, as the browser shows it before /_/.',
      examples: ['https://helpdesk.example.com'],
    }),
    api_token: secret({
      title: 'API Token',
      description: 'Paste the token that the dashboard shows under _superusers, Impersonate.',
    }),
    start_time: dateTime({
      title: 'Start Time',
      description: 'Tickets that were last changed before do not come. Left empty, all come.',
      optional: true,
      alwaysShow: true,
    }),
  },
});

export type Config = Awaited<ReturnType<typeof spec.parse>>;
