/** `users.create` takes it and gives the User. */
export interface NewUser {
  readonly name: string;
  readonly email: string;
}

/** `users.get { id }` gives it; `user.created` carries it. */
export interface User extends NewUser {
  readonly id: string;
}
