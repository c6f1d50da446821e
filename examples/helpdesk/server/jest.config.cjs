const { transform } = require('../../../tools/jest-transformer.cjs');

/** Tests that need PocketBase: they are run by `npm run test:platform`. */
module.exports = { rootDir: __dirname, testEnvironment: 'node', transform };
