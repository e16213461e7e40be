import { contenderNamed } from '../contenders/all.js';
import { handled } from '../contenders/handled.js';
import { answerParent } from './answer.js';
import type { ServerCommands } from './commands.js';

answerParent<ServerCommands>({
  async start({ contender, place }) {
    const startServer = await contenderNamed(contender).server();
    return startServer(place);
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  handled: () => handled.count,
});
