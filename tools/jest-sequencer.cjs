const Sequencer = require('@jest/test-sequencer').default;

const waits = ({ path }) => path.includes('/integration_tests/');

/** First what waits for processes and clocks: it takes longest, and leaves time in which the unit tests run. */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(waits), ...sorted.filter((test) => !waits(test))];
  }
};
