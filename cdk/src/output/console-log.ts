import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { LogLevel } from '../protocol';
import type { Log } from '../source';

/**
 * Makes LOG messages of what is said to a console, by whichever library: on stdout it would be no message, on stderr
 * its secrets would not be masked.
 * @param target `globalThis.console`
 */
export function redirectConsole(target: object, log: Log): void {
  const redirected = new Console({ stdout: intoLog(log, 'INFO'), stderr: intoLog(log, 'WARN'), colorMode: false });
  for (const [name, method] of Object.entries(redirected)) Reflect.set(target, name, method);
}

/** A console writes whatever it says at once, with a newline. */
function intoLog(log: Log, level: LogLevel): Writable {
  return new Writable({
    decodeStrings: false,
    write: (text: string | Buffer, _, done) => {
      const message = text.toString().replace(/\n$/, '');
      if (message !== '') log(level, message);
      done();
    },
  });
}
