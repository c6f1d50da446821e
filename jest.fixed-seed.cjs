// A mutant is caught or not in each run alike, so that two figures can be compared.
require('fast-check').configureGlobal({ seed: 20_261_124, numRuns: Number(process.env.PROPERTY_RUNS ?? 100) });
