export { type Compute, compute } from './compute.ts'
export type * from './events.ts'
export { type MainThreadOptions, type MainThreadWatch, watchMainThread } from './main-thread.ts'
export type { ComputeOptions } from './options.ts'
