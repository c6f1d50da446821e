/**
 * The libraries that talk HTTP, in a bundle of their own: they are four fifths of the program's text, and most commands
 * can do without them.
 */
export { default as axios } from 'axios';
export { getProxyForUrl } from 'proxy-from-env';
