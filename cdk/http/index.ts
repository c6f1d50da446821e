export { backoffMs } from './backoff';
export { BodyTooLargeError, BufferPool, type StoredBody } from './buffer-pool';
export { FailureLog } from './failure-log';
export { Outage, type Moment } from './outage';
export { isPublicAddress, isPublicHost, PRIVATE_ADDRESS, publicLookup } from './public-address';
export { RateLimiter, type Permit, type RateLimiterOptions } from './rate-limiter';
export { parseRetryAfter } from './retry-after';
