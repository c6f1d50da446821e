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
export * from './errors';
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
  HttpClient,
  type HttpClientOptions,
  type JsonResponse,
  type PageContext,
} from './http-client';
export * from './limited-http';
export { readProxyUrl } from './proxy';
export * from './rate-limiter';
export { type ApiRequest, type Query, type RequestOptions } from './request';
export { Retry, type RetryableRequest, type RetryOptions, type Until } from './retry';
export {
  CHECK_RETRY_LIMITS,
  SYNC_RETRY_LIMITS,
  type DeadlineLimits,
  type OutageLimits,
  type RetryLimits,
} from './retry-limits';
export { csv, ndjson, type CsvOptions, type RowFormat } from './rows';
