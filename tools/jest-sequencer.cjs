const Sequencer = require('@jest/test-sequencer').default;

const startsProcesses = ({ path }) => path.includes('/integration_tests/');

/** First what takes minutes; the unit tests, none of which takes long, keep all workers busy until the end. */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(startsProcesses), ...sorted.filter((test) => !startsProcesses(test))];
  }
};
