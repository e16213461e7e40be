import { eventually, pause, Program } from '@rookery/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

const script = new URL('child.ts', import.meta.url);

async function start(mode = 'beating'): Promise<Program> {
  const program = await Program.start({ script, args: ['ready now', mode], ready: 'ready' });
  onTestFinished(() => program.kill());
  return program;
}

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a program', () => {
  test('is a process of its own once it is ready, and none once it is killed', async () => {
    const program = await start();
    expect(program.lines).toContain('ready now');
    expect([program.lives, exists(program.pid)]).toStrictEqual([true, true]);
    await program.kill();
    expect([program.lives, exists(program.pid)]).toStrictEqual([false, false]);
    expect(await program.ended).toBe('SIGKILL');
  });

  test('is asked to go by SIGTERM, and says how it went', async () => {
    expect(await (await start()).terminate()).toBe('7');
  });

  test('does nothing while it is frozen, and goes on afterwards', async () => {
    const program = await start();
    await eventually(() => program.lines.length > 3);
    program.freeze();
    await eventually(async () => {
      const before = program.lines.length;
      await pause(60); // twelve beats
      return program.lines.length === before;
    });
    expect(exists(program.pid)).toBe(true);
    const before = program.lines.length;
    program.thaw();
    await eventually(() => program.lines.length > before);
  });

  test('is killed although it is frozen', async () => {
    const program = await start();
    program.freeze();
    await program.kill();
    expect(exists(program.pid)).toBe(false);
  });

  test('starts again with the same arguments', async () => {
    const first = await start();
    const second = await first.restart();
    onTestFinished(() => second.kill());
    expect(second.pid).not.toBe(first.pid);
    expect(second.lines).toContain('ready now');
    expect(exists(first.pid)).toBe(false);
  });

  test('that does not get ready is an error with its last words', async () => {
    await expect(start('broken')).rejects.toThrow(/did not say 'ready': it ended by 3\n {2}no such thing/);
    const silent = Program.start({ script, args: ['ready', 'silent'], ready: 'ready', within: 20 });
    await expect(silent).rejects.toThrow('not within 20 ms');
  });
});
