#!/usr/bin/env node
import { launch } from '@airbyte/cdk-typescript-compat';

void launch(async () => (await import('./source')).source);
