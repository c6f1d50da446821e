export { type ConnectionOptions } from './agent';
export { basic, bearer, header, query, type Auth, type AuthTools, type Credentials } from './auth';
export { readProxyUrl } from './proxy';
export { pageGetter, type GetPage } from './page-getter';
export { BufferPool, type StoredBody } from './buffer-pool';
export {
  AllowanceError,
  ConnectionError,
  RateLimitedError,
  RefusedError,
  RetryableError,
  TimeoutError,
  type RetryableOptions,
  type TriesUntilFinal,
} from './errors';
export { durationText, explainHttp, outlookText, type Explain, type ServiceNames } from './explain';
export {
  CertificateError,
  DebugVariableError,
  GivenUpError,
  isHttpFact,
  PrivateAddressError,
  ProxyError,
  RequestTooLargeError,
  StatusError,
  TlsError,
  TokenRefusedError,
  UnencryptedUrlError,
  UnexpectedBodyError,
  type GivenUpReason,
  type HttpFact,
  type ProxyFault,
} from './facts';
export { createHttpClient, type HttpClient, type HttpClientOptions, type JsonAnswer, type Query } from './http-client';
export {
  createHttp,
  createHttpGet,
  type AnswerLimits,
  type Http,
  type HttpGet,
  type HttpOptions,
  type HttpRequest,
  type HttpResponse,
} from './http-get';
export { LimitedHttp, type LimitedHttpOptions, type TimedResponse } from './limited-http';
export { clientCredentials, refreshToken, type OAuthClient, type RefreshTokenOptions, type Tokens } from './oauth';
export { RateLimiter, type Permit, type RateLimiterOptions, type WaitReason } from './rate-limiter';
export {
  allowanceWaitMs,
  CHECK_RETRY_LIMITS,
  Retry,
  SYNC_RETRY_LIMITS,
  type DeadlineLimits,
  type OutageLimits,
  type RetryableRequest,
  type RetryLimits,
  type RetryOptions,
  type Until,
} from './retry';
export { bringsContent, errorForStatus, type AnswerDetails } from './status';
