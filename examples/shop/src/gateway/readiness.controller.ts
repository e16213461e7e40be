import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { InjectClient, RookeryClient } from '@rookery/nestjs';

/** Milliseconds that a service has to say that it is ready. */
const PATIENCE = 1_000;

/** By service: `ready`, or what was said instead. */
export type Readiness = Record<string, string>;

@Controller('health')
export class ReadinessController {
  constructor(
    @InjectClient('users') private readonly users: RookeryClient,
    @InjectClient('notifications') private readonly notifications: RookeryClient,
  ) {}

  /** 200 when every service behind the gateway answers, else 503; both say who does. */
  @Get('ready')
  async ready(): Promise<Readiness> {
    const [users, notifications] = await Promise.all([ask(this.users), ask(this.notifications)]);
    const readiness: Readiness = { users, notifications };
    if (Object.values(readiness).some((answer) => answer !== 'ready'))
      throw new ServiceUnavailableException(readiness);
    return readiness;
  }
}

function ask(service: RookeryClient): Promise<string> {
  return service
    .request<string>('health.ready', undefined, { timeout: PATIENCE })
    .catch((error: unknown) => (error as { code?: string }).code ?? 'failed');
}
