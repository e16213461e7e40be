import { Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';
import { CalcController } from '../calc/calc.controller.js';
import { CalcService } from '../calc/calc.service.js';
import { UsersHttpController } from '../users/users-http.controller.js';
import { UsersMessagesController } from '../users/users-messages.controller.js';
import { UsersService } from '../users/users.service.js';

@Module({
  imports: [
    ClientsModule.register([
      { name: 'MATH_SERVICE', transport: Transport.TCP, options: { port: 3002 } },
      { name: 'USERS_SERVICE', transport: Transport.TCP, options: { port: 3001 } },
    ]),
  ],
  controllers: [CalcController, UsersHttpController, UsersMessagesController],
  providers: [CalcService, UsersService],
})
export class AppModule {}
