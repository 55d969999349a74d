import type { AddressExplained } from '../explain/answer.ts';

const KIND_WORDS = {
  'cluster IP': 'cluster',
  'external IP': 'external',
  'load balancer IP': 'balancer',
  'external or load balancer IP': 'external or balancer',
  'node port': 'node port',
} as const;

export const kindWord = (kind: AddressExplained['kind']): string => KIND_WORDS[kind];
