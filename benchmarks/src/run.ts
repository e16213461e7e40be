/* `npm run bench -- <suite>`: one file a kind of suite. */

if (process.argv[2] === 'policies') await import('./policies/run.js');
else await import('./run-suite.js');
