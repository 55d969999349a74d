export type * from './cluster/answer.ts';
export { type Cluster, clusterOf } from './cluster/cluster.ts';
export { parseDestination, parseEndpoint, type TraceRequest } from './cluster/request.ts';
export { exitCodeOf, type TraceOptions, trace } from './cluster/trace.ts';
export type { Namespace } from './model/namespace.ts';
export { InputError, type Remark } from './model/source.ts';
export { readNamespace, readSnapshot, type Snapshot, type SnapshotFile } from './read/snapshot.ts';
export type { RenderOptions } from './render/theme.ts';
export { renderTrace, TRACE_FORMATS, type TraceFormat } from './render/trace.ts';
