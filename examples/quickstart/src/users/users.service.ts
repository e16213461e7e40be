import { Injectable, Logger } from '@nestjs/common';
import type { User } from './user.js';

/** Keeps everything in memory: this is about the messages. */
@Injectable()
export class UsersService {
  private readonly logger = new Logger(UsersService.name);
  private readonly users: User[] = [];
  readonly welcomes: string[] = [];

  create(name: string): User {
    const user = { id: this.users.length + 1, name };
    this.users.push(user);
    return user;
  }

  find(id: number): User | undefined {
    return this.users.find((user) => user.id === id);
  }

  welcome(user: User): void {
    const welcome = `Welcome, ${user.name}!`;
    this.logger.log(welcome);
    this.welcomes.push(welcome);
  }
}
