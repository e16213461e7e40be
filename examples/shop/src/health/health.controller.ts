import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';

/** Part of every service: who gets an answer knows that the service takes messages. */
@Controller()
export class HealthController {
  @MessagePattern('health.ready')
  ready(): 'ready' {
    return 'ready';
  }
}
