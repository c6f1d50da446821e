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
export { BodyTooLargeError, BufferPool, type StoredBody } from './buffer-pool';
export {
  AllowanceError,
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
  type StatusDetails,
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
  type ApiResponse,
  type GetPage,
  type HttpClient,
  type HttpClientOptions,
  type JsonResponse,
} from './http-client';
export {
  bringsContent,
  LimitedHttp,
  type ClassifiedResponse,
  type Classify,
  type LimitedHttpOptions,
  type TimedResponse,
  type Verdict,
} from './limited-http';
export { readProxyUrl } from './proxy';
export { RateLimiter, type Permit, type RateLimiterOptions, type WaitReason } from './rate-limiter';
export { type ApiRequest, type Query, type RequestOptions } from './request';
export { Retry, type RetryableRequest, type RetryOptions, type Until } from './retry';
export {
  allowanceWaitMs,
  CHECK_RETRY_LIMITS,
  SYNC_RETRY_LIMITS,
  type DeadlineLimits,
  type OutageLimits,
  type RetryLimits,
} from './retry-limits';
export { csv, ndjson, type CsvOptions, type RowFormat } from './rows';
