import type { Server } from 'node:http';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Milliseconds. */
const INTERVAL = 50;

/**
 * Closes connections of HTTP clients as soon as their last answer is out, once the gateway is stopping. By itself Node
 * closes those that are idle when it begins, and waits for the others five seconds longer than for their answers.
 */
@Injectable()
export class IdleConnections implements BeforeApplicationShutdown {
  constructor(private readonly host: HttpAdapterHost) {}

  beforeApplicationShutdown(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const timer = setInterval(() => server.closeIdleConnections(), INTERVAL);
    server.once('close', () => clearInterval(timer));
  }
}
