import { describe, expect, test } from '@jest/globals';
import { settle } from '../testing/manual-clock';
import { Workers } from './workers';

/** Tasks that end when they are told to. */
class Tasks {
  readonly started: string[] = [];
  private readonly ends = new Map<string, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();

  constructor(private readonly workers: Workers) {}

  run(name: string, priority = 0): Promise<string> {
    return this.workers.run(priority, async () => {
      this.started.push(name);
      await new Promise<void>((resolve, reject) => {
        this.ends.set(name, { resolve, reject });
      });
      return name;
    });
  }

  async end(name: string): Promise<void> {
    this.ends.get(name)?.resolve();
    await settle();
  }

  async fail(name: string): Promise<void> {
    this.ends.get(name)?.reject(new Error(`${name} failed`));
    await settle();
  }
}

describe('the bound', () => {
  test('lets no more tasks run at the same time', async () => {
    const tasks = new Tasks(new Workers(2));
    for (const name of ['a', 'b', 'c', 'd']) void tasks.run(name);
    await settle();
    expect(tasks.started).toEqual(['a', 'b']);
  });

  test('lets the next one run when one has ended', async () => {
    const tasks = new Tasks(new Workers(2));
    for (const name of ['a', 'b', 'c', 'd']) void tasks.run(name);
    await settle();
    await tasks.end('b');
    expect(tasks.started).toEqual(['a', 'b', 'c']);
    await tasks.end('c');
    expect(tasks.started).toEqual(['a', 'b', 'c', 'd']);
  });

  test('holds with a task that comes at the very moment another one ends', async () => {
    const workers = new Workers(1);
    const tasks = new Tasks(workers);
    const first = tasks.run('a').then(() => tasks.run('d'));
    void tasks.run('b');
    void tasks.run('c');
    await settle();
    await tasks.end('a');
    expect(tasks.started).toEqual(['a', 'b']);
    for (const name of ['b', 'c', 'd']) await tasks.end(name);
    await expect(first).resolves.toBe('d');
  });

  test('tells when a task would have to wait', async () => {
    const workers = new Workers(1);
    const tasks = new Tasks(workers);
    const before = workers.full;
    void tasks.run('a');
    await settle();
    const during = workers.full;
    await tasks.end('a');
    expect([before, during, workers.full]).toEqual([false, true, false]);
  });
});

describe('of those that wait', () => {
  test('the one with the lowest number goes first', async () => {
    const tasks = new Tasks(new Workers(1));
    void tasks.run('running', 9);
    void tasks.run('late', 30);
    void tasks.run('early', 10);
    void tasks.run('middle', 20);
    for (const name of ['running', 'early', 'middle', 'late']) {
      await settle();
      await tasks.end(name);
    }
    expect(tasks.started).toEqual(['running', 'early', 'middle', 'late']);
  });

  test('those of the same number keep their order', async () => {
    const tasks = new Tasks(new Workers(1));
    const names = ['running', 'a', 'b', 'c', 'd'];
    for (const name of names) void tasks.run(name, 5);
    for (const name of names) {
      await settle();
      await tasks.end(name);
    }
    expect(tasks.started).toEqual(names);
  });
});

describe('a task', () => {
  test('hands its result over', async () => {
    await expect(new Workers(1).run(0, () => Promise.resolve(7))).resolves.toBe(7);
  });

  test('that fails rejects as it does, and frees its worker', async () => {
    const workers = new Workers(1);
    const tasks = new Tasks(workers);
    const failing = expect(tasks.run('a')).rejects.toThrow('a failed');
    void tasks.run('b');
    await settle();
    await tasks.fail('a');
    await failing;
    expect(tasks.started).toEqual(['a', 'b']);
    await tasks.end('b');
    expect(workers.full).toBe(false);
  });

  test('that throws before it begins frees its worker too', async () => {
    const workers = new Workers(1);
    const broken = workers.run(0, () => {
      throw new Error('at once');
    });
    await expect(broken).rejects.toThrow('at once');
    expect(workers.full).toBe(false);
  });
});
