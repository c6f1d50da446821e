/**
 * Stands in the bundle for `debug`, which follow-redirects uses if it happens to be installed: it prints requests when the
 * variable DEBUG asks for it, and brings more of what happens to be installed along.
 */
module.exports = () => () => undefined;
