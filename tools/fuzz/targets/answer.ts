import { ok } from 'node:assert/strict';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import { BufferPool } from '../../../cdk/http/buffer-pool';
import { RetryableError, isHttpFact } from '../../../cdk/http/errors';
import { createSend, transportError } from '../../../cdk/http/send';
import type { FuzzTarget } from '../engine/target';

const MOST_BODY_BYTES = 64 * 1024;
const REQUEST = { method: 'GET', target: '/api/v1/audit_logs', headers: { Accept: 'application/json' } };

/** A connection at whose other end the input comes as soon as something was asked, and nothing after it. */
class AnsweringConnection extends Duplex {
  readonly #answer: Buffer;
  #hasAnswered = false;

  constructor(answer: Buffer) {
    super();
    this.#answer = answer;
  }

  /** As a socket has it; nothing here takes any time. */
  setTimeout(): this {
    return this;
  }

  override _read(): void {
    // What comes is pushed by _write.
  }

  override _write(_: unknown, __: unknown, done: () => void): void {
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      this.push(this.#answer);
      this.push(null);
    }
    done();
  }
}

class AnsweringAgent extends Agent {
  readonly #answer: Buffer;

  constructor(answer: Buffer) {
    super({ keepAlive: false });
    this.#answer = answer;
  }

  override createConnection(): Duplex {
    return new AnsweringConnection(this.#answer);
  }
}

const bodies = new BufferPool();

/** All bytes of an answer, head and body: it is understood, or fails as a request may fail, and its body has its bound. */
export const answer: FuzzTarget = {
  name: 'answer',
  maxBytes: 4096,
  tokens: [
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'Content-Length: ',
    'Content-Encoding: gzip\r\n',
    'Content-Encoding: br\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: upgrade\r\nUpgrade: x\r\n',
    '\r\n\r\n',
    '\r\n0\r\n\r\n',
  ],
  async run(input) {
    const send = await createSend('http://server.test', new AnsweringAgent(input));
    const sent = send(REQUEST, async ({ status, body, length }) => ({
      status,
      body: await bodies.receive(body, length, MOST_BODY_BYTES),
    }));
    const deadline = { missed: false };
    const timer = setTimeout(() => {
      deadline.missed = true;
      sent.hangUp();
    }, 5000);
    try {
      const { status, body } = await sent.result;
      ok(body.bytes.length <= MOST_BODY_BYTES, 'a body beyond its bound');
      ok(Number.isInteger(status), 'no status');
      body.free();
    } catch (error) {
      const fact = transportError(error, false);
      if (!(fact instanceof RetryableError || isHttpFact(fact))) throw error;
      ok(!deadline.missed, 'an answer that never ends');
    } finally {
      clearTimeout(timer);
    }
  },
};
