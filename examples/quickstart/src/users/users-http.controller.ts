import { Body, Controller, Get, HttpException, Inject, Param, ParseIntPipe, Post } from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';
import { catchError, firstValueFrom, throwError } from 'rxjs';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

/** The HTTP side of the hybrid app. */
@Controller('users')
export class UsersHttpController {
  constructor(
    private readonly users: UsersService,
    @Inject('USERS_SERVICE') private readonly client: ClientProxy,
  ) {}

  @Post()
  async create(@Body('name') name: string): Promise<User> {
    const user = this.users.create(name);
    await firstValueFrom(this.client.emit('user_created', user), { defaultValue: undefined });
    return user;
  }

  @Get('welcomes')
  welcomes(): string[] {
    return this.users.welcomes;
  }

  @Get(':id')
  get(@Param('id', ParseIntPipe) id: number): Promise<User> {
    const refused = (error: { status: number; message: string }) =>
      throwError(() => new HttpException(error.message, error.status));
    return firstValueFrom(this.client.send<User>('get_user', { id }).pipe(catchError(refused)));
  }
}
