import type { ServerResponse } from 'node:http';
import { bytesOf, type TenantAnswer } from './tenant-faults';

/** Sends an answer, or what its fault leaves of it. Returns the status that was sent, 0 where there was none. */
export function sendAnswer(response: ServerResponse, answer: TenantAnswer): number {
  const { status, headers, fault } = answer;
  switch (fault?.kind) {
    case 'reset':
      response.socket?.destroy();
      return 0;
    case 'hang':
      return 0;
    case 'drip': {
      response.writeHead(status, headers);
      response.write(' ');
      const timer = setInterval(() => response.write(' '), fault.everyMs ?? 50);
      response.on('close', () => {
        clearInterval(timer);
      });
      return status;
    }
    case 'reset_in_body': {
      const body = bytesOf(answer);
      response.writeHead(status, { ...headers, 'content-length': String(body.length) });
      response.write(body.subarray(0, fault.afterBytes ?? body.length >> 1), () => response.socket?.destroy());
      return status;
    }
    case undefined: {
      const body = bytesOf(answer);
      response.writeHead(status, { ...headers, 'content-length': String(body.length) });
      response.end(body);
      return status;
    }
  }
}
