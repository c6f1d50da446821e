// nock 14 patches node:http once per test file; without this it stops intercepting from the second file on.
const nock = require('nock');

beforeAll(() => {
  if (!nock.isActive()) nock.activate();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});
afterAll(() => {
  nock.restore();
});
