import { describe, expect, test } from '@jest/globals';
import { parseCommand, UsageError } from './cli';

describe('what is understood', () => {
  test('each command takes its files, as --option value and as --option=value', () => {
    expect(parseCommand(['spec'])).toEqual({ verb: 'spec', debug: false });
    expect(parseCommand(['check', '--config', 'c'])).toEqual({ verb: 'check', debug: false, configPath: 'c' });
    expect(parseCommand(['discover', '--config=c'])).toEqual({ verb: 'discover', debug: false, configPath: 'c' });
    expect(parseCommand(['read', '--config=/c', '--catalog', 'k', '--state=s=1'])).toEqual({
      verb: 'read',
      debug: false,
      configPath: '/c',
      catalogPath: 'k',
      statePath: 's=1',
    });
  });

  test('a read may go without a state', () => {
    expect(parseCommand(['read', '--config', 'c', '--catalog', 'k'])).toMatchObject({ statePath: undefined });
  });

  test('a sample of a read needs neither catalog nor state', () => {
    const sample = { verb: 'sample', debug: false, configPath: 'c', records: 5 };
    expect(parseCommand(['read', '--config', 'c', '--sample', '5'])).toEqual({ ...sample, stream: undefined });
    expect(parseCommand(['read', '--config', 'c', '--sample', '5', '--stream', 's'])).toEqual({
      ...sample,
      stream: 's',
    });
  });

  test('--debug may stand anywhere', () => {
    expect(parseCommand(['--debug', 'spec'])).toMatchObject({ debug: true });
    expect(parseCommand(['check', '--debug', '--config', 'c'])).toMatchObject({ debug: true, configPath: 'c' });
    expect(parseCommand(['--config', 'c', 'check', '--debug'])).toMatchObject({ debug: true, configPath: 'c' });
  });

  test('--help asks for help whatever the command lacks', () => {
    expect(parseCommand(['--help'])).toEqual({ verb: 'help', debug: false });
    expect(parseCommand(['read', '-h'])).toEqual({ verb: 'help', debug: false });
  });

  test('--version asks for the version whatever the command lacks', () => {
    expect(parseCommand(['--version'])).toEqual({ verb: 'version', debug: false });
    expect(parseCommand(['read', '--version'])).toEqual({ verb: 'version', debug: false });
  });
});

describe('what is refused with usage', () => {
  test.each([
    ['no command', [], 'A command is missing'],
    ['an unknown command', ['write'], 'The command is unknown'],
    ['an unknown option', ['spec', '--nope'], 'An option is unknown'],
    ['an option without its value', ['check', '--config'], '--config'],
    ['an option with an empty value', ['check', '--config='], "needs '--config FILE'"],
    ['an option whose value is another option', ['read', '--config', '--catalog', 'k'], '--config'],
    ['an empty state', ['read', '--config=c', '--catalog=k', '--state='], "needs '--state FILE'"],
    ['a missing config', ['check'], "needs '--config FILE'"],
    ['a missing catalog', ['read', '--config', 'c'], "needs '--catalog FILE'"],
    ['an argument too many', ['spec', 'now'], 'an argument too many'],
    ['an option given twice', ['check', '--config', 'a', '--config', 'b'], 'more than once'],
    ['an option of another command', ['discover', '--config', 'c', '--state', 's'], "takes no option '--state'"],
    ['a sample with a catalog', ['read', '--config=c', '--sample=1', '--catalog=k'], "takes no option '--catalog'"],
    ['a sample of nothing', ['read', '--config=c', '--sample=0'], 'a whole number of records'],
    ['a sample of a word', ['read', '--config=c', '--sample=few'], 'a whole number of records'],
    ['a stream without a sample', ['read', '--config=c', '--catalog=k', '--stream=s'], "takes no option '--stream'"],
    ['a sample of another command', ['check', '--config=c', '--sample=1'], "takes no option '--sample'"],
    ['a config for spec', ['spec', '--config', 'c'], "takes no option '--config'"],
    ['a value for --debug', ['spec', '--debug=yes'], '--debug'],
  ])('%s', (_, argv, message) => {
    const parse = (): unknown => parseCommand(argv);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});

test.each([
  [['tok-1']],
  [['spec', 'tok-1']],
  [['check', '--tok-1']],
  [['check', '--tok-1=x']],
  [['check', '-tok-1']],
  [['check', '--config=c', '--api_key=tok-1']],
  [['check', '--config', '--tok-1']],
  [['spec', '--debug=tok-1']],
  [['read', '--config=tok-1', '--config=tok-1']],
])('what was typed is not repeated: %j', (argv) => {
  let message = '';
  try {
    parseCommand(argv);
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('UsageError');
  expect(message).not.toContain('tok-1');
});
