export { type ConnectionOptions } from './agent';
export {
  basic,
  bearer,
  clientCredentials,
  header,
  query,
  refreshToken,
  type Auth,
  type AuthTools,
  type Credentials,
  type OAuthClient,
  type RefreshTokenOptions,
  type Tokens,
} from './auth';
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
  type ResponseDetails,
  type GivenUpReason,
  type HttpFact,
  type ProxyFault,
  type RetryableOptions,
  type TriesUntilFinal,
} from './errors';
export { durationText, explainHttp, outlookText, type Explain, type ServiceNames } from './explain';
export {
  createHttp,
  type ResponseLimits,
  type Http,
  type HttpOptions,
  type HttpRequest,
  type HttpResponse,
} from './http';
export {
  createHttpClient,
  pageGetter,
  type GetPage,
  type GetRequest,
  type HttpClient,
  type HttpClientOptions,
  type JsonResponse,
  type Query,
} from './http-client';
export { LimitedHttp, type LimitedHttpOptions, type TimedResponse } from './limited-http';
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
