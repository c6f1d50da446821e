import { after, describe, test } from 'node:test';
import { fakeApi, sourceSuite, type FakeRequest, type FakeResponse } from '@airbyte/cdk-typescript-compat/testing';
import { source } from './source';

const TOKEN = 'token-of-the-tests';
const issue = (id: number, minute: number) => ({
  id,
  title: `Issue ${id}`,
  state: 'open',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: `2026-01-01T00:0${minute}:00Z`,
});
const issues = [issue(1, 1), issue(2, 2), issue(3, 2), issue(4, 3), issue(5, 4)];

/** The API as its documentation describes it, with pages of two issues, so that there are several. */
const api = fakeApi({
  routes: { 'GET /issues': listIssues },
  allows: ({ headers }) => headers.authorization === `Bearer ${TOKEN}`,
});
after(async () => (await api).close());

function listIssues({ query }: FakeRequest): FakeResponse {
  const since = Date.parse(query['since'] ?? '1970-01-01T00:00:00Z');
  const found = issues
    .filter(({ updated_at: at }) => Date.parse(at) >= since)
    .sort((a, b) => a.updated_at.localeCompare(b.updated_at));
  const page = Number(query['page'] ?? 1);
  const next = `</issues?${new URLSearchParams({ ...query, page: String(page + 1) }).toString()}>; rel="next"`;
  const json = found.slice(page * 2 - 2, page * 2);
  return page * 2 < found.length ? { json, headers: { link: next } } : { json };
}

const config = async () => ({ base_url: (await api).url, api_token: TOKEN });

sourceSuite(source, {
  config,
  refused: {
    'a token that Example does not know': {
      config: async () => ({ ...(await config()), api_token: 'another-token' }),
      message: /API Token/,
    },
    'an address without a scheme': {
      config: { base_url: 'api.example.com', api_token: TOKEN },
      message: /^Base URL .* Type it like https:/,
    },
  },
  change: () => issues.push(issue(6, 5)),
  restate: () => Object.assign(issues.at(-1) ?? {}, { title: 'Edited within the same second' }),
  framework: { describe, test },
});
