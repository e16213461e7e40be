import { IsEmail, IsString, Length } from 'class-validator';
import type { NewUser } from '../../contracts/users.js';

/** The body of `POST /users`. */
export class NewUserBody implements NewUser {
  @IsString()
  @Length(1, 100)
  readonly name!: string;

  @IsEmail()
  readonly email!: string;
}
