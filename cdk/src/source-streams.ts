import type { StreamDescriptor } from './protocol';
import type { Session } from './session';
import type { Source, Stream } from './source';

/**
 * The streams of a source.
 * @throws Error when two have the same name and namespace: what is read of one could not be told from the other
 */
export async function streamsOf<Config>(
  source: Source<Config>,
  config: Config,
  { stop, context }: Session,
): Promise<readonly Stream[]> {
  const streams = await stop.guard(Promise.resolve(source.streams(config, context)));
  const descriptors = streams.map(({ descriptor }) => descriptor);
  const twice = descriptors.find((one, index) => descriptors.findIndex((other) => isSame(one, other)) !== index);
  if (twice !== undefined) throw new Error(`The source has two streams named ${titleOf(twice)}.`);
  return streams;
}

/**
 * The stream that the platform or a person means: that of the same name and namespace, or else the only one of that
 * name, because namespaces get lost (a state written by hand has none) and added (a connection may have its own).
 */
export function findStream(streams: readonly Stream[], named: StreamDescriptor): Stream | undefined {
  const sameName = streams.filter(({ descriptor }) => descriptor.name === named.name);
  return sameName.length === 1 ? sameName[0] : sameName.find(({ descriptor }) => isSame(descriptor, named));
}

/** Whether two descriptors name one stream. */
export function isSame(one: StreamDescriptor, other: StreamDescriptor): boolean {
  return one.name === other.name && (one.namespace ?? '') === (other.namespace ?? '');
}

/** A stream's name as it is told to people. */
export function titleOf({ name, namespace }: StreamDescriptor): string {
  return namespace === undefined ? `"${name}"` : `"${name}" of the namespace "${namespace}"`;
}

/** Only the name and, where it has one, the namespace. */
export function descriptorOf({ name, namespace }: StreamDescriptor): StreamDescriptor {
  return namespace === undefined ? { name } : { name, namespace };
}
