/** What nx.json names. CommonJS, because Nx requires it before anything is built. */
const { existsSync } = require('node:fs');

if (existsSync(`${__dirname}/src`)) require('../../build/fresh.js').ensureBuilt();
module.exports = require('./dist/plugin.js');
