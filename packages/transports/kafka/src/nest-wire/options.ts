import { ConfigurationError, type Wire } from '@rookery/core';

/** The options of {@link KafkaOptions} that say which wires are spoken, and what is shared with stock Nest. */
export interface WireOptions {
  /**
   * What is served: `nest` also takes the requests of stock clients, and reads what says nothing of its format as stock Nest
   * does. Default `['rookery']`.
   */
  readonly wires?: readonly Wire[] | undefined;
  /** What each service is called on: `nest` for one that is on stock Nest. Default `rookery`. */
  readonly serviceWires?: Readonly<Record<string, Wire>> | undefined;
  /**
   * The consumer group of the topics of patterns, for a service that is to go on where its group has come to: in stock Nest
   * that is its `groupId` and `-server`. It stays as it is in a namespace. Default: the service's name.
   */
  readonly group?: string | undefined;
  /**
   * Whether replicas on stock Nest may be in the group meanwhile, so that a service moves replica by replica. All replicas
   * give up all partitions whenever one comes or goes, as in stock Nest. Default `false`.
   */
  readonly rolling?: boolean | undefined;
}

/** See {@link WireOptions}. */
export interface WireSettings {
  /** Whether requests of stock clients are taken. */
  readonly served: boolean;
  /** Whether anybody here is on stock Nest, so that what is published has to be readable there. */
  readonly spoken: boolean;
  readonly stockServices: ReadonlySet<string>;
  readonly group: string | undefined;
  readonly rolling: boolean;
}

const WIRES: readonly string[] = ['rookery', 'nest'] satisfies Wire[];

/** @throws ConfigurationError that says what cannot be */
export function wiresOf({
  wires = ['rookery'],
  serviceWires = {},
  group,
  rolling,
}: WireOptions): WireSettings {
  for (const wire of [...wires, ...Object.values(serviceWires)])
    if (!WIRES.includes(wire)) throw new ConfigurationError(`'${wire}' is no wire; there are rookery, nest`);
  if (!wires.includes('rookery'))
    throw new ConfigurationError("wires: 'rookery' is always spoken; write ['rookery', 'nest']");
  const served = wires.includes('nest');
  if (rolling && !served)
    throw new ConfigurationError(
      "rolling: true is for a group with stock Nest; add wires: ['rookery', 'nest']",
    );
  if (group === '') throw new ConfigurationError('group is empty; leave it out for the name of the service');
  const stockServices = new Set(Object.keys(serviceWires).filter((name) => serviceWires[name] === 'nest'));
  return {
    served,
    spoken: served || stockServices.size > 0,
    stockServices,
    group,
    rolling: rolling ?? false,
  };
}
