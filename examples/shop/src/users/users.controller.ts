import { Controller, HttpStatus } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { RookeryBus } from '@rookery/nestjs';
import type { NewUser, User } from '../contracts/users.js';
import { UsersService } from './users.service.js';

@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly bus: RookeryBus,
  ) {}

  @MessagePattern('users.create')
  async create(@Payload() newUser: NewUser): Promise<User> {
    const user = this.users.create(newUser);
    await this.bus.publish('user.created', user);
    return user;
  }

  @MessagePattern('users.get')
  get(@Payload('id') id: string): User {
    const user = this.users.find(id);
    if (!user) throw new RpcException({ status: HttpStatus.NOT_FOUND, message: `there is no user ${id}` });
    return user;
  }
}
