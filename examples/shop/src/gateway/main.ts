import { createGateway } from './create.js';

const app = await createGateway();
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
