import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { InjectClient, RookeryClient } from '@rookery/nestjs';
import type { Notification } from '../../contracts/notifications.js';
import type { User } from '../../contracts/users.js';
import { NewUserBody } from './new-user-body.js';

@Controller('users')
export class UsersController {
  constructor(
    @InjectClient('users') private readonly users: RookeryClient,
    @InjectClient('notifications') private readonly notifications: RookeryClient,
  ) {}

  @Post()
  create(@Body() newUser: NewUserBody): Promise<User> {
    return this.users.request('users.create', newUser);
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<User> {
    return this.users.request('users.get', { id });
  }

  @Get(':id/notifications')
  listNotifications(@Param('id') userId: string): Promise<Notification[]> {
    return this.notifications.request('notifications.list', { userId });
  }
}
