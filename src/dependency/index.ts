export type { Adapter, Dependency, FacadeMore, Heal } from './adapter.ts'
export type { ClientLike, PoolLike } from './postgres/driver.ts'
export type { PostgresOptions } from './postgres/options.ts'
export { postgres } from './postgres/postgres.ts'
