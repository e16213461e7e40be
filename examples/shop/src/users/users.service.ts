import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { NewUser, User } from '../contracts/users.js';

/** The users, in this process's memory: a restarted process knows none. */
@Injectable()
export class UsersService {
  private readonly logger = new Logger(UsersService.name);
  private readonly users = new Map<string, User>();

  create({ name, email }: NewUser): User {
    const user = { id: randomUUID(), name, email };
    this.users.set(user.id, user);
    this.logger.log(`${name} is user ${user.id}`);
    return user;
  }

  find(id: string): User | undefined {
    const user = this.users.get(id);
    this.logger.log(user ? `${user.name} was asked for` : `there is no user ${id}`);
    return user;
  }
}
