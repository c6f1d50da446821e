export { type ConnectionOptions } from './agent';
export { backoffMs } from './backoff';
export { BodyTooLargeError, BufferPool, type StoredBody } from './buffer-pool';
export {
  ConnectionError,
  RateLimitedError,
  RefusedError,
  RetryableError,
  TimeoutError,
  type RetryableOptions,
  type TriesUntilFinal,
} from './errors';
export { durationText, explainHttp, GOES_ON, type Explain, type ServiceNames } from './explain';
export {
  CertificateError,
  DebugVariableError,
  GivenUpError,
  isHttpFact,
  PrivateAddressError,
  ProxyError,
  RequestTooHeavyError,
  StatusError,
  TlsError,
  UnexpectedBodyError,
  type GivenUpReason,
  type HttpFact,
  type ProxyFault,
} from './facts';
export { HeavyRequests, type FailureCount, type Reachable } from './heavy-requests';
export { createHttpGet, type AnswerLimits, type HttpGet, type HttpOptions, type HttpResponse } from './http-get';
export { LimitedHttp, type LimitedHttpOptions, type TimedResponse } from './limited-http';
export { RateLimiter, type Permit, type RateLimiterOptions } from './rate-limiter';
export {
  CHECK_RETRY_LIMITS,
  Retry,
  SYNC_RETRY_LIMITS,
  type RetryableRequest,
  type RetryLimits,
  type RetryOptions,
} from './retry';
export { errorForStatus, type AnswerDetails } from './status';
