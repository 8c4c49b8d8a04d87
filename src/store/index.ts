export * from './errors.ts'
export * from './exclusive.ts'
export * from './store.ts'
