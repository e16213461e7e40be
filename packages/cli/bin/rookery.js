#!/usr/bin/env node
// A file that is there, and may be run, before anything is built: npm links it when it installs the workspaces.
import '../dist/bin.js';
