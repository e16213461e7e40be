import type { ServiceOrders } from '@rookery/testing';

/** What this process was told, as its one argument. */
export const serviceOrders = JSON.parse(process.argv[2] ?? '{}') as ServiceOrders;
