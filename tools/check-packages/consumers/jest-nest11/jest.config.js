// Works on every Node from 22.12 on: Rookery's packages are ES modules, so they are compiled for Jest as well.
module.exports = {
  testEnvironment: 'node',
  testRegex: '/test/.*\\.spec\\.ts$',
  transform: {
    '/node_modules/@rookery/.+\\.js$': '@swc/jest',
    '\\.ts$': 'ts-jest',
  },
  transformIgnorePatterns: ['/node_modules/(?!@rookery/)'],
};
