import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { NewUser, User } from '../contracts/users.js';

/** The users, in this process's memory: a restarted process knows none. */
@Injectable()
export class UsersService {
  private readonly users = new Map<string, User>();

  create({ name, email }: NewUser): User {
    const user = { id: randomUUID(), name, email };
    this.users.set(user.id, user);
    return user;
  }

  find(id: string): User | undefined {
    return this.users.get(id);
  }
}
