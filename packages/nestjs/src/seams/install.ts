import { NestApplicationContext } from '@nestjs/core';
import { BaseRpcExceptionFilter, RpcException } from '@nestjs/microservices';
import { ListenersController } from '@nestjs/microservices/listeners-controller.js';
import { throwError, type Observable } from 'rxjs';
import { RookeryContext } from '../server/rookery-context.js';
import { applicationOf, type SeamServer } from './applications.js';
import { declaredHandlers } from './handlers-of-app.js';

/*
 * The three places where Nest's own extension points do not reach what the promises need; each wraps one method, calls
 * the original, and changes nothing for servers that are not Rookery's. See docs/adr/2026-11-21-seams-into-nest.md.
 */

const INSTALLED = Symbol.for('rookery.nest.seams');

/** What holds all that one Nest application is made of. */
interface Container {
  getModules(): object;
}

interface Wrapped {
  [INSTALLED]?: true;
}

/** Wraps the three methods, once in a process. */
export function installSeams(): void {
  const mark = BaseRpcExceptionFilter.prototype as Wrapped;
  if (mark[INSTALLED]) return;
  mark[INSTALLED] = true;
  nameHandlers();
  keepOriginalErrors();
  drainBeforeDestroy();
}

/** Nest tells a server a handler's pattern, but neither its name nor that it was left out for its pinned transport. */
function nameHandlers(): void {
  type Register = (
    this: { container: Container },
    wrapper: { instance: object },
    server: object,
    key: string,
  ) => void;
  const prototype = ListenersController.prototype as unknown as { registerPatternHandlers: Register };
  const register = prototype.registerPatternHandlers;
  prototype.registerPatternHandlers = function (wrapper, server, key) {
    const application = applicationOf(this.container.getModules());
    const handlers = declaredHandlers(wrapper.instance);
    application.note(handlers, (server as { transportId?: symbol }).transportId);
    if (isSeamServer(server)) {
      application.servers.add(server);
      server.belongsTo(application);
      server.declare(handlers);
    }
    register.call(this, wrapper, server, key);
  };
}

/**
 * Nest's last filter replaces every error that is no RpcException by "Internal server error", and an RpcException by its
 * payload, which is what a caller gets. An event has no caller: what becomes of it goes by the error itself.
 */
function keepOriginalErrors(): void {
  type Host = { getArgByIndex(index: number): unknown };
  type Catch = (this: unknown, exception: unknown, host: Host) => Observable<unknown>;
  const prototype = BaseRpcExceptionFilter.prototype as unknown as { catch: Catch };
  const original = prototype.catch;
  prototype.catch = function (exception, host) {
    const result = original.call(this, exception, host); // it also logs
    const context = host.getArgByIndex(1);
    if (!(context instanceof RookeryContext)) return result;
    if (exception instanceof RpcException && !context.isEvent) return result;
    return throwError(() => exception);
  };
}

/** Nest runs every `onModuleDestroy`, where people close their pools, before it closes a server. */
function drainBeforeDestroy(): void {
  type Destroy = (this: { container: Container }) => Promise<void>;
  const prototype = NestApplicationContext.prototype as unknown as { callDestroyHook: Destroy };
  const destroy = prototype.callDestroyHook;
  prototype.callDestroyHook = async function () {
    await Promise.all(
      [...applicationOf(this.container.getModules()).servers].map((server) => server.drain()),
    );
    return destroy.call(this);
  };
}

function isSeamServer(server: object): server is SeamServer {
  return 'belongsTo' in server && 'declare' in server && 'drain' in server;
}
