export { ManualClock, settle, VirtualClock } from './clocks';
export {
  fakeApi,
  FakeApi,
  type FakeApiOptions,
  type FakeRateLimit,
  type FakeRequest,
  type FakeResponse,
  type Fault,
  type Route,
} from './fake-api';
export { configuredCatalog, configuredCatalogOf, configuredStream, stateFile, type Configured } from './inputs';
export { MemoryOutput } from './memory-output';
export { parseMessage, runSource, type RunSourceOptions, type SourceRun } from './run-source';
export {
  sourceSuite,
  type DefineTest,
  type Refused,
  type SourceSuiteOptions,
  type TestFramework,
} from './suite/source-suite';
