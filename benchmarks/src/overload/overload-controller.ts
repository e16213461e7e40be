import { setTimeout as sleep } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';

/** Milliseconds. */
const WORK = 5;

@Controller()
export class OverloadController {
  @MessagePattern('busy')
  busy(): string {
    const end = performance.now() + WORK;
    while (performance.now() < end);
    return 'done';
  }

  @MessagePattern('later')
  async later(): Promise<string> {
    await sleep(1);
    return this.busy();
  }

  @MessagePattern('waiting')
  waiting(): Promise<string> {
    return sleep(WORK, 'done');
  }
}
