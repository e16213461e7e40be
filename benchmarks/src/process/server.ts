import { contenderNamed } from '../contenders/all.js';
import { answerParent } from './answer.js';
import type { ServerCommands } from './commands.js';

answerParent<ServerCommands>({
  async start({ contender }) {
    const startServer = await contenderNamed(contender).server();
    return startServer();
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});
