#!/usr/bin/env node
import { launch } from '@airbyte/cdk-typescript-compat';

void launch({ name: 'source-helpdesk', version: '0.1.0', load: async () => (await import('./source')).source });
