#!/usr/bin/env node
import { launch } from '@airbyte/cdk-typescript-compat';
import { name, version } from '../package.json';

void launch({ name, version, load: async () => (await import('./source')).source });
