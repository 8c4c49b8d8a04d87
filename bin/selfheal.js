#!/usr/bin/env node
// Checks the Node version in syntax any Node reads, before anything modern is imported. In a clone (src is there, never published)
// it runs the sources; installed from npm it runs dist.
/* eslint-disable */
var version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 19)) {
  console.error('selfheal: Node ' + process.versions.node + ' is too old: selfheal needs Node 22.19 or newer. Install it from https://nodejs.org, or run: npm install --save-dev node@24')
  process.exit(3)
}
import('./start.js').catch(function (error) {
  console.error('selfheal: this is our bug, please report it:', error)
  process.exit(70)
})
