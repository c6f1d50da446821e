/** Stands in the bundle for the agent with which axios would go through a proxy: cdk/http/agent.ts does that. */
module.exports = class LeftOut {
  constructor() {
    throw new Error('https-proxy-agent is left out of the bundle');
  }
};
