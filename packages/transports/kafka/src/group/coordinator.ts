import type { Cluster } from '../connection/cluster.js';
import type { Lane } from '../connection/lane.js';
import { hasMovedCoordinator } from './errors.js';

const GROUP = 0;

/** The broker that looks after a group. */
export class Coordinator {
  readonly group: string;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  #node: Promise<number> | undefined;

  constructor(group: string, cluster: Cluster) {
    this.group = group;
    this.#cluster = cluster;
    this.#lane = cluster.lane();
  }

  /** Asks it over a lane of the one who asks. */
  async ask<Response>(lane: Lane, api: string, ...args: unknown[]): Promise<Response> {
    this.#node ??= this.#find();
    const node = await this.#node.catch((error: unknown) => {
      this.#node = undefined;
      throw error;
    });
    try {
      return await lane.ask<Response>(node, api, ...args);
    } catch (error) {
      // What is no answer of a broker may be a broker that is gone.
      if (hasMovedCoordinator(error) || !('response' in (error as object))) this.#node = undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#lane.close();
  }

  async #find(): Promise<number> {
    interface Found {
      readonly coordinators: readonly { readonly nodeId: number }[];
    }
    const { coordinators } = await this.#lane.askAny<Found>('FindCoordinator', GROUP, [this.group]);
    const node = coordinators[0]?.nodeId ?? -1;
    await this.#cluster.broker(node);
    return node;
  }
}
