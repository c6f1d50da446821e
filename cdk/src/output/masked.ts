import type { AirbyteMessage, TraceMessage } from '../protocol';

/** Replaces the secrets in a text. */
export type Mask = (text: string) => string;

/** A message in which every text that a person reads has passed through `mask`; names, records and states have not. */
export function masked(message: AirbyteMessage, mask: Mask): AirbyteMessage {
  switch (message.type) {
    case 'LOG':
      return { ...message, log: { ...message.log, ...maskedTexts(message.log, mask) } };
    case 'TRACE':
      return { ...message, trace: maskedTrace(message.trace, mask) };
    case 'CONNECTION_STATUS': {
      const status = message.connectionStatus;
      if (status.status === 'SUCCEEDED') return message;
      return { ...message, connectionStatus: { ...status, message: mask(status.message) } };
    }
    case 'RECORD':
    case 'STATE':
    case 'SPEC':
    case 'CATALOG':
    case 'CONTROL':
      return message;
  }
}

function maskedTrace(trace: TraceMessage['trace'], mask: Mask): TraceMessage['trace'] {
  switch (trace.type) {
    case 'ERROR': {
      const { internal_message: internal } = trace.error;
      return {
        ...trace,
        error: {
          ...trace.error,
          ...maskedTexts(trace.error, mask),
          ...(internal === undefined ? {} : { internal_message: mask(internal) }),
        },
      };
    }
    case 'ESTIMATE':
    case 'STREAM_STATUS':
      // Names and numbers only.
      return trace;
  }
}

function maskedTexts(texts: { readonly message: string; readonly stack_trace?: string }, mask: Mask) {
  const { message, stack_trace: stack } = texts;
  return { message: mask(message), ...(stack === undefined ? {} : { stack_trace: mask(stack) }) };
}
