import { createPayments } from './create.js';

const app = await createPayments();
app.enableShutdownHooks();
await app.listen();
