import { createUsers } from './create.js';

const app = await createUsers();
app.enableShutdownHooks();
await app.listen();
