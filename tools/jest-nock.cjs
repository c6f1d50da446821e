// What tests get for `nock`: nock itself, which patches node:http for the tests of the file that imports it. nock 14 stops
// intercepting from the second file on unless it is activated again; loading it costs every other file time.
const nock = require('../node_modules/nock');

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

module.exports = nock;
