// From Node 24.9 on Jest can require() an ES module by itself, with NODE_OPTIONS=--experimental-vm-modules.
module.exports = {
  testEnvironment: 'node',
  testRegex: '/test/.*\\.spec\\.ts$',
  transform: { '\\.ts$': 'ts-jest' },
};
