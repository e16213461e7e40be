import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

/** The microservice's side of the hybrid app. */
@Controller()
export class UsersMessagesController {
  constructor(private readonly users: UsersService) {}

  @MessagePattern('get_user')
  getUser(@Payload('id') id: number): User {
    const user = this.users.find(id);
    if (!user) throw new RpcException({ status: 404, message: `there is no user ${id}` });
    return user;
  }

  @EventPattern('user_created')
  sendWelcome(@Payload() user: User): void {
    this.users.welcome(user);
  }
}
