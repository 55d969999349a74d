#!/usr/bin/env node
import { main } from '../dist/commands/main.js';

await main(import.meta.url);
