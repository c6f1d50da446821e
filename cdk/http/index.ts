export { type ConnectionOptions } from './agent';
export { basic, bearer, header, query, type Auth, type AuthTools, type Credentials } from './auth';
export { BufferPool, type StoredBody } from './buffer-pool';
export {
  AllowanceError,
  bringsContent,
  CertificateError,
  ConnectionError,
  DebugVariableError,
  errorForStatus,
  GivenUpError,
  isHttpFact,
  PrivateAddressError,
  ProxyError,
  RateLimitedError,
  RefusedError,
  RequestTooLargeError,
  RetryableError,
  StatusError,
  TimeoutError,
  TlsError,
  TokenRefusedError,
  UnencryptedUrlError,
  UnexpectedBodyError,
  type AnswerDetails,
  type GivenUpReason,
  type HttpFact,
  type ProxyFault,
  type RetryableOptions,
  type TriesUntilFinal,
} from './errors';
export { durationText, explainHttp, outlookText, type Explain, type ServiceNames } from './explain';
export {
  createHttp,
  createHttpGet,
  type AnswerLimits,
  type Http,
  type HttpGet,
  type HttpOptions,
  type HttpRequest,
  type HttpResponse,
} from './http';
export {
  createHttpClient,
  LimitedHttp,
  pageGetter,
  type GetPage,
  type HttpClient,
  type HttpClientOptions,
  type JsonAnswer,
  type LimitedHttpOptions,
  type Query,
  type TimedResponse,
} from './http-client';
export { clientCredentials, refreshToken, type OAuthClient, type RefreshTokenOptions, type Tokens } from './oauth';
export { readProxyUrl } from './proxy';
export { RateLimiter, type Permit, type RateLimiterOptions, type WaitReason } from './rate-limiter';
export { Retry, type RetryableRequest, type RetryOptions, type Until } from './retry';
export {
  allowanceWaitMs,
  CHECK_RETRY_LIMITS,
  SYNC_RETRY_LIMITS,
  type DeadlineLimits,
  type OutageLimits,
  type RetryLimits,
} from './retry-limits';
