import { Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { RookeryClient } from '@rookery/nestjs';
import { CalcController } from '../calc/calc.controller.js';
import { CalcService } from '../calc/calc.service.js';
import { UsersHttpController } from '../users/users-http.controller.js';
import { UsersMessagesController } from '../users/users-messages.controller.js';
import { UsersService } from '../users/users.service.js';

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'MATH_SERVICE',
        customClass: RookeryClient,
        options: { to: 'math', url: 'tcp://127.0.0.1:3002' },
      },
      {
        name: 'USERS_SERVICE',
        customClass: RookeryClient,
        options: { to: 'users', url: 'tcp://127.0.0.1:3001' },
      },
    ]),
  ],
  controllers: [CalcController, UsersHttpController, UsersMessagesController],
  providers: [CalcService, UsersService],
})
export class AppModule {}
