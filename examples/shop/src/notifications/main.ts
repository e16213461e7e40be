import { createNotifications } from './create.js';

const app = await createNotifications();
app.enableShutdownHooks();
await app.listen();
