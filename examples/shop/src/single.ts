import { createGateway } from './gateway/create.js';
import { createNotifications } from './notifications/create.js';
import { createPayments } from './payments/create.js';
import { readyText } from './ready-text.js';
import { stopWhenAsked } from './stop-when-asked.js';
import { createUsers } from './users/create.js';

/** The whole shop in this process: the same modules, only ROOKERY_URL is another. */
export async function startSingle(port: number): Promise<void> {
  process.env['ROOKERY_URL'] = 'memory:';
  const notifications = await createNotifications();
  const users = await createUsers();
  const payments = await createPayments();
  const gateway = await createGateway();
  stopWhenAsked({
    say: (text) => console.log(text),
    stop: async () => {
      for (const app of [gateway, payments, users, notifications]) await app.close();
    },
    kill: () => undefined,
  });
  await notifications.listen();
  await users.listen();
  await payments.listen();
  await gateway.listen(port, '127.0.0.1');
  console.log(readyText(`http://127.0.0.1:${port}`));
}
