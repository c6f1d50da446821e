/**
 * Loaded into the connector before anything else: resolves every name by the list in REBINDING, one entry per question
 * (the last one again and again), and connects to no address but those of this machine.
 */
const dns = require('node:dns');
const net = require('node:net');

const answers = JSON.parse(process.env.REBINDING);

dns.lookup = (hostname, options, callback) => {
  const addresses = answers.length > 1 ? answers.shift() : answers[0];
  const all = addresses.map((address) => ({ address, family: net.isIP(address) }));
  setImmediate(() => {
    if (options.all === true) callback(null, all);
    else callback(null, all[0].address, all[0].family);
  });
};

const { connect } = net.Socket.prototype;

/** Asks the given lookup once, as Node does, and refuses what lies elsewhere. */
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof options.host !== 'string' || net.isIP(options.host) !== 0) return connect.apply(this, args);
  const lookup = options.lookup ?? dns.lookup;
  lookup(options.host, { all: true }, (error, addresses) => {
    const local = error === null ? addresses.find(({ address }) => address.includes('127.0.0.1')) : undefined;
    if (error !== null) this.destroy(error);
    else if (local === undefined) this.destroy(Object.assign(new Error('elsewhere'), { code: 'ENETUNREACH' }));
    else connect.call(this, { ...options, host: '127.0.0.1', lookup: undefined });
  });
  return this;
};
