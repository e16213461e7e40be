import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Services } from './services.js';

/** Without these the gateway is of no use; payments it can do without for a while. */
const NEEDED = ['users', 'notifications'];

@Controller('health/ready')
export class ReadinessController {
  constructor(private readonly services: Services) {}

  /** 200 when the services that the gateway needs answer, else 503; both say what each service answers. */
  @Get()
  async ready(): Promise<Record<string, string>> {
    const readiness = await this.services.readiness();
    if (NEEDED.some((service) => readiness[service] !== 'ready'))
      throw new ServiceUnavailableException(readiness);
    return readiness;
  }
}
