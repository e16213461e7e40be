/**
 * Where each service listens when it is started by hand, `node dist/users/main.js`. What `npm start` passes in
 * ROOKERY_URL and ROOKERY_SERVICES beats it.
 */
export const addresses = {
  gateway: 'tcp://127.0.0.1:4000',
  users: 'tcp://127.0.0.1:4001',
  notifications: 'tcp://127.0.0.1:4002',
  payments: 'tcp://127.0.0.1:4003',
} as const;
