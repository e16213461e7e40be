import { ClientProxyFactory } from '@nestjs/microservices';
import { RookeryClient } from '@rookery/nestjs';
import { eventually } from '@rookery/testing';
import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { portsInARow, Program } from './program.js';

const dist = new URL('../dist/', import.meta.url);
const running: Program[] = [];

function run(file: string, environment: NodeJS.ProcessEnv): Program {
  const program = new Program(new URL(file, dist), environment);
  running.push(program);
  return program;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.stop()));
});

describe("host '0.0.0.0', as people write it", () => {
  it('is refused with the reason and the way out, because anybody who reaches the port would be served', async () => {
    const port = await portsInARow(1);
    const math = run('math-on-rookery/main.js', { ROOKERY_URL: `tcp://0.0.0.0:${port}` });
    expect(await math.ended).toMatchObject({ code: 1 });
    expect(math.output).toContain(
      `tcp://0.0.0.0:${port} can be reached from beyond this machine, and whoever reaches it would be served; ` +
        'add tls or a secret, listen on 127.0.0.1, or say insecure: true if the network lets in only those who may',
    );
  });

  it('is served where the code says insecure: true, next to HTTP and to callers from elsewhere', async () => {
    const port = await portsInARow(2);
    run('app-on-rookery/main.js', { PORT: String(port), ROOKERY_URL: `tcp://0.0.0.0:${port + 1}` });
    const client = ClientProxyFactory.create({
      customClass: RookeryClient,
      options: { to: 'users', url: `tcp://127.0.0.1:${port + 1}` },
    });
    try {
      const unknown = firstValueFrom(client.send('get_user', { id: 7 }));
      await expect(unknown).rejects.toEqual({ status: 404, message: 'there is no user 7' });
      await firstValueFrom(client.emit('user_created', { id: 1, name: 'Grace' }));
      await eventually(async () => {
        const welcomes = await fetch(`http://127.0.0.1:${port}/users/welcomes`);
        expect(await welcomes.json()).toEqual(['Welcome, Grace!']);
      });
    } finally {
      await client.close();
    }
  });
});
