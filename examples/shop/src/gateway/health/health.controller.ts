import { Controller, Get, Header } from '@nestjs/common';
import { healthPage } from './health-page.js';
import { Services, type ServiceHealth } from './services.js';

/** How it stands with the services, for people who run the shop: it names addresses and errors. */
@Controller('health')
export class HealthController {
  constructor(private readonly services: Services) {}

  @Get()
  @Header('cache-control', 'no-store')
  health(): Promise<Record<string, ServiceHealth>> {
    return this.services.health();
  }

  @Get('page')
  @Header('cache-control', 'no-store')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  async page(): Promise<string> {
    return healthPage(await this.services.health(), new Date());
  }
}
